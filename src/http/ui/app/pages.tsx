/** Which page an address shows. */
import type { ComponentType } from 'preact';
import { JobsPage } from '../pages/jobs/jobs-page.tsx';
import { NowPage } from '../pages/now/now-page.tsx';
import { lazy } from './lazy.tsx';
import { NotFound } from './not-found.tsx';

type Page = ComponentType<{ parts: readonly string[] }>;

const later = () => import('./later.ts');

const pages: readonly (readonly [RegExp, Page])[] = [
  [/^\/(?:ui\/?)?$/, NowPage],
  [/^\/ui\/jobs\/?$/, JobsPage],
  [/^\/ui\/jobs\/([^/]+)$/, lazy(async () => (await later()).JobPage)],
  [/^\/ui\/tracks\/?$/, lazy(async () => (await later()).TracksPage)],
  [/^\/ui\/tracks\/([^/]+)$/, lazy(async () => (await later()).TrackPage)],
  [/^\/ui\/entries\/([^/]+)\/([^/]+)$/, lazy(async () => (await later()).EntryPage)],
  [/^\/ui\/cache$/, lazy(async () => (await later()).CachePage)],
  [/^\/ui\/keeping$/, lazy(async () => (await later()).KeepingPage)],
];

export function Routed({ path }: { path: string }) {
  for (const [pattern, Page] of pages) {
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
