/** The pages that a reader seldom begins with: one part, which compresses better than one for each page. */
import './shared.ts';

export { CachePage } from '../pages/cache/cache-page.tsx';
export { EntryPage } from '../pages/entry/entry-page.tsx';
export { JobPage } from '../pages/job/job-page.tsx';
export { KeepingPage } from '../pages/keeping/keeping-page.tsx';
export { TrackPage } from '../pages/track/track-page.tsx';
export { TracksPage } from '../pages/tracks/tracks-page.tsx';
