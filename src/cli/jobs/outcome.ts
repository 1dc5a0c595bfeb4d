/** The line with which `submit`, `retry` and `watch` end: what was a hit, what was computed, what that saved. */
import type { Broker } from '../../core/engine/broker.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { countedJobs } from '../terminal/documents/jobs.ts';
import { duration } from '../terminal/time.ts';
import { entryCost } from '../../core/model/entry/entry-cost.ts';
import { formatKey } from '../../core/model/entry/key.ts';
import { ranFor } from '../../core/model/job/ran-for.ts';
import { counted } from '../../support/text/counted.ts';

/** Manifests that are read for it; a daemon elsewhere is asked for each. */
const mostHits = 200;

export class Outcome {
  #hits: JobDocument[] = [];
  #computed = 0;
  #failed = 0;
  #canceled = 0;
  #ranMs = 0;

  add(job: JobDocument): void {
    if (job.status === 'done' && job.cached) this.#hits.push(job);
    else if (job.status === 'done') this.#computed += 1;
    else if (job.status === 'error') this.#failed += 1;
    else if (job.status === 'canceled') this.#canceled += 1;
    this.#ranMs += ranFor(job);
  }

  /** `4 jobs: 3 hits, 1 computed in 1.2s, 3m 10s saved`; undefined if nothing is to be told that was not. */
  async text(broker: Broker): Promise<string | undefined> {
    const hits = this.#hits.length;
    const ended = hits + this.#computed + this.#failed + this.#canceled;
    const ran = duration(this.#ranMs);
    const saved = await this.#saved(broker);
    if (ended === 1) return this.#ofOne(ran, saved);
    if (ended === 0) return undefined;
    const fetched = this.#hits.filter(({ upstream }) => upstream !== null).length;
    const parts = [
      hits > 0 && `${counted(hits, 'hit')}${fetched > 0 ? ` (${fetched} from upstream)` : ''}`,
      this.#computed > 0 && this.#ofComputed(ran),
      this.#failed > 0 && `${this.#failed} failed`,
      this.#canceled > 0 && `${this.#canceled} canceled`,
      saved,
    ];
    return `${countedJobs(ended)}: ${parts.filter((part) => typeof part === 'string').join(', ')}`;
  }

  /** Of several jobs the times add up to more than the command took. */
  #ofComputed(ran: string): string {
    return this.#computed === 1
      ? `1 computed in ${ran}`
      : `${this.#computed} computed (${ran} of work)`;
  }

  /** How one failed, its error has said. */
  #ofOne(ran: string, saved: string | false): string | undefined {
    if (this.#computed === 1) return `computed in ${ran}`;
    const [hit] = this.#hits;
    if (hit === undefined) return undefined;
    const text = hit.upstream === null ? 'hit' : `hit from ${hit.upstream}`;
    return saved === false ? text : `${text}, ${saved}`;
  }

  async #saved(broker: Broker): Promise<string | false> {
    const known = new Map<string, number>();
    let ms = 0;
    for (const job of this.#hits.slice(0, mostHits)) {
      const name = formatKey(job);
      const cost = known.get(name) ?? (await entryCost(job, (key) => broker.manifest(key))).ms;
      known.set(name, cost);
      ms += cost;
    }
    if (ms === 0) return false;
    return `${this.#hits.length > mostHits ? 'more than ' : ''}${duration(ms)} saved`;
  }
}
