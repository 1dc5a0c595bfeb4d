import type { Exchange } from '../../core/engine/exchange/exchange.ts';
import type { Stores } from '../../core/ports/stores.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import { exchangeOn } from './exchange-on.ts';
import type { UpstreamOptions } from './upstream-options.ts';

export interface ExchangeOnRootOptions {
  readonly root: string;
  readonly manifestName: string;
  readonly upstream?: UpstreamOptions | undefined;
}

/** The exchange of a root of this machine. Processes on the root tell each other which upstreams are away. */
export const exchangeOnRoot = (
  { root, manifestName, upstream }: ExchangeOnRootOptions,
  { entries, workspace }: Pick<Stores, 'entries' | 'workspace'>,
): Exchange | undefined =>
  exchangeOn(upstream, async () => {
    const { FsAwayNotes } = await import('../../stores/local/fs-away-notes.ts');
    return { entries, workspace, manifestName, notes: new FsAwayNotes(layoutOf(root)) };
  });
