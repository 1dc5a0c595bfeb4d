import type { Broker } from '../../core/engine/broker.ts';
import { isCabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { formatKey } from '../../core/model/entry/key.ts';
import { BoundedCache } from '../../support/bounded-cache.ts';

/** What the run that made an entry took, and how large the entry is. */
export interface EntryCost {
  /** Milliseconds; 0 if its manifest does not say. */
  readonly ms: number;
  readonly bytes: number;
}

const unknown: EntryCost = { ms: 0, bytes: 0 };

/** What hits save, as the manifests of their entries say. Each manifest is read once. */
export class Savings {
  readonly #broker: Broker;
  readonly #known = new BoundedCache<EntryCost>({ capacity: 10_000, weigh: () => 1 });

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** Of the entry that a job has led to. One that was collected since cost nothing that anybody knows. */
  async costOf(job: JobDocument): Promise<EntryCost> {
    const name = formatKey(job);
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const cost = await this.#read(job);
    this.#known.set(name, cost);
    return cost;
  }

  async #read(job: JobDocument): Promise<EntryCost> {
    try {
      const { started_at, ended_at, artifact, files } = await this.#broker.manifest(job);
      const ms = Date.parse(ended_at ?? '') - Date.parse(started_at ?? '');
      const sizes = [artifact, ...(files ?? [])].map(({ size }) =>
        typeof size === 'number' ? size : 0,
      );
      return { ms: ms > 0 ? ms : 0, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    } catch (error) {
      if (isCabError(error, 'not_found', 'manifest_invalid', 'store_unreadable')) return unknown;
      throw error;
    }
  }
}

/** How long a job ran, in milliseconds; 0 for one that did not. */
export const ranFor = ({ started_at, finished_at, cached }: JobDocument): number =>
  cached || started_at === null || finished_at === null
    ? 0
    : Math.max(0, Date.parse(finished_at) - Date.parse(started_at));
