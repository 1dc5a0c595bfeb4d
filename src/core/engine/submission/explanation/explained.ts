import type { PathFence } from '../../../../support/paths/path-fence.ts';
import { sameKey } from '../../../model/entry/key.ts';
import type { Explanation } from '../../../model/job/explanation.ts';
import type { SubmitRequest } from '../../../model/request/submit-request.ts';
import type { EntryStore } from '../../../ports/entry-store.ts';
import type { LazyJobStore } from '../../../ports/jobs/lazy-job-store.ts';
import { findHit } from '../../../publication/hits.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { whoHasHit } from '../../exchange/hit-anywhere.ts';
import type { Acceptance, Prepared, PrepareOptions } from '../acceptance.ts';
import { closestEntry } from './closest-entry.ts';
import { olderEntry } from './older-entry.ts';
import { configsOfSource, type SourceConfigs } from './source-configs.ts';

interface Parts {
  readonly acceptance: Acceptance;
  readonly entries: EntryStore;
  readonly jobs: LazyJobStore;
  readonly exchange?: Exchange | undefined;
}

type Asked = PrepareOptions & { readonly signal: AbortSignal };

/** Whether a submission would be a hit, and if not, what came closest. Accepts nothing. */
export async function explained(
  request: SubmitRequest,
  runner: string,
  options: Asked,
  { acceptance, entries, exchange, jobs }: Parts,
): Promise<Explanation> {
  const { signal, fence } = options;
  const store = await jobs.existing();
  const prepared = await acceptance.prepare(request, runner, store, options);
  const { spec } = prepared;
  const hit = await findHit(spec, entries, store, signal);
  const isHere = hit !== undefined;
  const upstream = isHere ? undefined : await whoHasHit(spec, exchange, store, signal);
  const isMiss = !isHere && upstream === undefined;
  const config = spec.config_hash_given ? null : spec.config;
  const near = isMiss ? await nearOf(prepared, { acceptance, entries, signal, fence }) : [];
  const [own] = near;
  return {
    hit: !isMiss,
    key: spec.key,
    entry:
      hit === undefined || sameKey(hit, spec.key)
        ? null
        : { config_hash: hit.config_hash, source_hash: hit.source_hash },
    upstream: upstream ?? null,
    config,
    closest: own === undefined ? null : closestEntry(spec.key, config, own),
    older: config === null ? null : olderEntry(config, near),
    partial: near.some(({ isWhole }) => !isWhole),
  };
}

interface NearParts extends Pick<Parts, 'acceptance' | 'entries'> {
  readonly signal: AbortSignal;
  readonly fence: PathFence | undefined;
}

/** Entries of the same input: of its source, and of the source hash under older rules. */
async function nearOf(
  prepared: Prepared,
  { acceptance, entries, signal, fence }: NearParts,
): Promise<SourceConfigs[]> {
  const { key, config_hash_given } = prepared.spec;
  const sources = config_hash_given
    ? [key.source_hash]
    : await acceptance.sourcesOf(prepared, signal, fence);
  const near: SourceConfigs[] = [];
  for (const source of sources) near.push(await configsOfSource(source, entries, signal));
  return near;
}
