/** What a list of jobs is narrowed to, as the address says it. */
import type { Facets } from '../../data/jobs.ts';
import { param } from '../../app/place.ts';

/** As the reader chose it. `time` is a span that ends now; `between` has its own bounds. */
export interface ShownFacets extends Facets {
  readonly time: string;
}

export const spans: Readonly<Record<string, { readonly name: string; readonly ms: number }>> = {
  '1h': { name: 'last hour', ms: 3_600_000 },
  '24h': { name: 'last 24 hours', ms: 86_400_000 },
  '7d': { name: 'last 7 days', ms: 7 * 86_400_000 },
  '30d': { name: 'last 30 days', ms: 30 * 86_400_000 },
};

export const shownFacets = (): ShownFacets => ({
  ...{ status: param('status'), runner: param('runner'), track: param('track') },
  ...{ q: param('q'), time: param('time'), since: param('since'), until: param('until') },
});

/** As the daemon is asked: spans become times. */
export function askedFacets({ time, since, until, ...facets }: ShownFacets): Facets {
  const span = spans[time];
  if (span !== undefined)
    return { ...facets, since: new Date(Date.now() - span.ms).toISOString(), until: '' };
  return { ...facets, since: instant(since), until: instant(until) };
}

function instant(text: string): string {
  const at = new Date(text);
  return text === '' || Number.isNaN(at.getTime()) ? '' : at.toISOString();
}

export const isNarrowed = (facets: ShownFacets): boolean =>
  Object.values(facets).some((value) => value !== '');
