import type { UpstreamOptions } from '../../src/compose/upstream/upstream-options.ts';

export interface ToldUpstream extends UpstreamOptions {
  /** What was reported to people. */
  readonly told: string[];
}

/** The brokers at these URLs as upstreams. They keep nobody waiting longer than a second, unless the test says otherwise. */
export function upstreamOf(
  urls: string | readonly string[],
  more: Partial<UpstreamOptions> & { readonly token?: string } = {},
): ToldUpstream {
  const told: string[] = [];
  const { token = null, ...options } = more;
  return {
    places: [urls].flat().map((url) => ({ url, token })),
    ...{ pushes: false, waitMs: 1000, mostBytes: 1 << 20, isPatient: false, closingMs: 10_000 },
    tell: (text) => told.push(text),
    interruption: () => new AbortController().signal,
    told,
    ...options,
  };
}
