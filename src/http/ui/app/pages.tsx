/** Which page an address shows. */
import type { FunctionComponent } from 'preact';
import { JobsPage } from '../pages/jobs/jobs-page.tsx';
import { NowPage } from '../pages/now/now-page.tsx';
import { lazy } from './lazy.tsx';
import { NotFound } from './not-found.tsx';

type Page = FunctionComponent<{ parts: readonly string[] }>;

/** The pages that come in a later part. */
export type LaterPages = Readonly<
  Record<'JobPage' | 'TracksPage' | 'TrackPage' | 'EntryPage' | 'CachePage' | 'KeepingPage', Page>
>;

export type Routes = readonly (readonly [RegExp, Page])[];

export function routesWith(load: () => Promise<LaterPages>): Routes {
  const later = (name: keyof LaterPages): Page => lazy(async () => (await load())[name]);
  return [
    [/^\/(?:ui\/?)?$/, NowPage],
    [/^\/ui\/jobs\/?$/, JobsPage],
    [/^\/ui\/jobs\/([^/]+)$/, later('JobPage')],
    [/^\/ui\/tracks\/?$/, later('TracksPage')],
    [/^\/ui\/tracks\/([^/]+)$/, later('TrackPage')],
    [/^\/ui\/entries\/([^/]+)\/([^/]+)$/, later('EntryPage')],
    [/^\/ui\/cache$/, later('CachePage')],
    [/^\/ui\/keeping$/, later('KeepingPage')],
  ];
}

export function Routed({ path, routes }: { path: string; routes: Routes }) {
  for (const [pattern, Page] of routes) {
    const found = pattern.exec(path);
    if (found !== null) return <Page key={path} parts={found.slice(1).map(decoded)} />;
  }
  return <NotFound what="This address shows nothing." />;
}

function decoded(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return part ?? '';
  }
}
