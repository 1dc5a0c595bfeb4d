import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalBrokerOptions } from '../../core/engine/local-broker-options.ts';
import { LocalBroker } from '../../core/engine/local-broker.ts';
import { MemoryRoot } from '../../stores/memory/memory-root.ts';
import { declaredInputsOf } from '../kinds/declared-inputs-of.ts';
import { MemoryAwayNotes } from '../../stores/memory/memory-away-notes.ts';
import { exchangeOn } from '../upstream/exchange-on.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import { openMemoryRoot } from './open-memory-root.ts';

/** A broker whose stores are in memory. Its runners work in a temporary directory, which is removed with it. */
export async function brokerInMemory(
  options: Omit<LocalBrokerOptions, 'stores' | 'exchange'>,
  upstream?: UpstreamOptions,
): Promise<LocalBroker> {
  const directory = await mkdtemp(join(tmpdir(), 'cab-'));
  const { logger } = options;
  const stores = openMemoryRoot({ root: new MemoryRoot(), directory, ...(logger && { logger }) });
  const { entries, workspace } = stores;
  const { manifestName } = options;
  const notes = new MemoryAwayNotes();
  const exchange = exchangeOn(upstream, async () => ({ entries, workspace, manifestName, notes }));
  return new LocalBroker({ declaredInputs: declaredInputsOf([]), ...options, exchange, stores });
}
