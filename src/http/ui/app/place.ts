/** Where the reader is. The address says it whole: a copied address shows the same page with the same filters. */
import { signal } from '@preact/signals';

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const here = (): Place => ({
  path: location.pathname,
  query: new URLSearchParams(location.search),
});

export const place = signal<Place>(here());

export function go(href: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', href);
  else history.replaceState(null, '', href);
  place.value = here();
}

/** The value of a parameter, or an empty text. */
export const param = (name: string): string => place.value.query.get(name) ?? '';

/** The same page with other parameters. An empty text takes one out. */
export function withParams(changes: Readonly<Record<string, string>>): string {
  const { path, query } = place.value;
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes))
    if (value === '') next.delete(name);
    else next.set(name, value);
  const text = next.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Follows links within the page. The browser does not load the page again. */
export function followLinks(): void {
  addEventListener('popstate', () => (place.value = here()));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    const { origin, pathname, search, hash } = new URL(link.href);
    if (origin !== location.origin || hash !== '' || !isOwn(pathname)) return;
    event.preventDefault();
    go(pathname + search);
  });
}

const isOwn = (path: string): boolean => path === '/' || path.startsWith('/ui/');

const segment = encodeURIComponent;

export const links = {
  now: '/',
  jobs: '/ui/jobs',
  jobsOf: (facets: Readonly<Record<string, string>>) =>
    `/ui/jobs?${new URLSearchParams(facets).toString()}`,
  job: (id: string) => `/ui/jobs/${segment(id)}`,
  tracks: '/ui/tracks',
  track: (id: string) => `/ui/tracks/${segment(id)}`,
  entry: (key: { readonly config_hash: string; readonly source_hash: string }) =>
    `/ui/entries/${segment(key.config_hash)}/${segment(key.source_hash)}`,
  cache: '/ui/cache',
  keeping: '/ui/keeping',
} as const;
