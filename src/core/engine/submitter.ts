import type { EntryStore } from '../cas/entry-store.ts';
import type { PointerStore } from '../cas/pointer-store.ts';
import { failpoint } from '../failpoints.ts';
import type { Explanation } from '../model/explanation.ts';
import { sameKey } from '../model/key.ts';
import type { Job, Owner } from '../model/job.ts';
import type { SubmitRequest } from '../model/submit-request.ts';
import type { LazyJobStore } from '../queue/lazy-job-store.ts';
import type { Acceptance } from './acceptance.ts';
import { closestEntry } from './closest-entry.ts';
import { reconcile } from './head.ts';
import { findHit } from './hits.ts';
import { refuseOverflow } from './overflow.ts';
import { Submissions } from './submissions.ts';

export interface SubmitterOptions {
  readonly acceptance: Acceptance;
  readonly entries: EntryStore;
  readonly pointers: PointerStore;
  readonly stores: LazyJobStore;
  /** The process that will run what is submitted, or null where any worker may. */
  readonly submitter: Owner | null;
  readonly maxAttempts: number;
  readonly queueLimit: number;
}

/** Takes jobs in: a hit is done at once, a miss goes into the queue. */
export class Submitter {
  readonly #options: SubmitterOptions;
  #submissions: Submissions | undefined;

  constructor(options: SubmitterOptions) {
    this.#options = options;
  }

  async submit(request: SubmitRequest, runner: string): Promise<Job> {
    const { acceptance, entries, pointers, stores, submitter, maxAttempts, queueLimit } =
      this.#options;
    const prepared = await acceptance.prepare(request, runner, await stores.existing());
    const hit = prepared.spec.force
      ? undefined
      : await findHit(prepared.spec.key, entries, await stores.existing());
    const spec = hit === undefined ? await acceptance.admit(prepared) : prepared.spec;
    const store = await stores.made();
    if (hit === undefined) await refuseOverflow(store, queueLimit);
    this.#submissions ??= new Submissions(store);
    const job = await this.#submissions.submit({
      spec,
      priority: request.priority ?? 0,
      max_attempts: request.max_attempts ?? maxAttempts,
      submitter,
      hit: hit ?? null,
    });
    failpoint('job.accepted');
    if (hit !== undefined && spec.track_id !== null)
      await reconcile(spec.track_id, pointers, store);
    return job;
  }

  async explain(request: SubmitRequest, runner: string): Promise<Explanation> {
    const { acceptance, entries, stores } = this.#options;
    const store = await stores.existing();
    const { spec } = await acceptance.prepare(request, runner, store);
    const hit = await findHit(spec.key, entries, store);
    return {
      hit: hit !== undefined,
      key: spec.key,
      entry:
        hit === undefined || sameKey(hit, spec.key)
          ? null
          : { config_hash: hit.config_hash, source_hash: hit.source_hash },
      config: spec.config,
      closest: hit === undefined ? await closestEntry(spec.key, spec.config, entries) : null,
    };
  }
}
