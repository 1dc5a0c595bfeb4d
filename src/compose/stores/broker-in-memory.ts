import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalBrokerOptions } from '../../core/engine/local-broker-options.ts';
import { LocalBroker } from '../../core/engine/local-broker.ts';
import { MemoryAwayNotes } from '../../stores/memory/memory-away-notes.ts';
import { exchangeOn } from '../upstream/exchange-on.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import { MemoryRoot } from '../../stores/memory/memory-root.ts';
import { declaredInputsOf } from '../kinds/declared-inputs-of.ts';
import { openMemoryRoot, type MemoryRootOptions } from './open-memory-root.ts';

export interface BrokerInMemory extends Omit<MemoryRootOptions, 'logger'> {
  readonly broker: LocalBroker;
}

/** A broker whose stores are in memory. Its runners work in a temporary directory, which is removed with it. */
export async function brokerInMemory(
  options: Omit<LocalBrokerOptions, 'stores' | 'exchange'>,
  upstream?: UpstreamOptions,
): Promise<BrokerInMemory> {
  const directory = await mkdtemp(join(tmpdir(), 'cab-'));
  const { logger } = options;
  const root = new MemoryRoot();
  const stores = openMemoryRoot({ root, directory, ...(logger && { logger }) });
  const { entries, workspace } = stores;
  const { manifestName } = options;
  const notes = new MemoryAwayNotes();
  const exchange = exchangeOn(upstream, async () => ({ entries, workspace, manifestName, notes }));
  const broker = new LocalBroker({
    declaredInputs: declaredInputsOf([]),
    ...options,
    exchange,
    stores,
  });
  return { broker, root, directory };
}
