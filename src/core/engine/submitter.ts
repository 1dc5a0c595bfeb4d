import type { EntryStore } from '../cas/entry-store.ts';
import type { PointerStore } from '../cas/pointer-store.ts';
import { failpoint } from '../failpoints.ts';
import type { Explanation } from '../model/explanation.ts';
import { sameKey } from '../model/key.ts';
import type { Job, Owner } from '../model/job.ts';
import type { SubmitRequest } from '../model/submit-request.ts';
import { NoLongerThere, type JobStore, type NewJob } from '../queue/job-store.ts';
import type { LazyJobStore } from '../queue/lazy-job-store.ts';
import type { Acceptance, Admitted, Prepared } from './acceptance.ts';
import { closestEntry } from './closest-entry.ts';
import { follow } from './head.ts';
import { findHit } from './hits.ts';
import { Overflow } from './overflow.ts';

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
  readonly #overflow: Overflow;

  constructor(options: SubmitterOptions) {
    this.#options = options;
    this.#overflow = new Overflow(options.queueLimit);
  }

  /** `artifactName` where it is not that of the broker. */
  async submit(request: SubmitRequest, runner: string, artifactName?: string): Promise<Job> {
    const { acceptance, pointers, stores } = this.#options;
    const store = await stores.existing();
    // Before an input is kept, which would make the folders of a root again where it stood before.
    await store?.assertInPlace();
    const prepared = await acceptance.prepare(request, runner, store, artifactName);
    const job = await this.#accepted(prepared, request);
    failpoint('job.accepted');
    const { track_id } = prepared.spec;
    if (job.state === 'done' && track_id !== null)
      await follow(track_id, job.id, pointers, await stores.made());
    return job;
  }

  /** Looks again where a collection took the entry of the hit, or the kept input, before the job was accepted. */
  async #accepted(prepared: Prepared, request: SubmitRequest): Promise<Job> {
    for (;;) {
      try {
        return await this.#accept(prepared, request);
      } catch (error) {
        if (!(error instanceof NoLongerThere)) throw error;
      }
    }
  }

  async #accept(prepared: Prepared, request: SubmitRequest): Promise<Job> {
    const { acceptance, entries, stores, submitter, maxAttempts } = this.#options;
    const hit = prepared.spec.force
      ? undefined
      : await findHit(prepared.spec.key, entries, await stores.existing());
    const admitted: Admitted =
      hit === undefined ? await acceptance.admit(prepared) : { spec: prepared.spec };
    const store = await stores.made();
    if (hit === undefined) await this.#overflow.refuse(store);
    return this.#commit(store, {
      spec: admitted.spec,
      input: admitted.input,
      priority: request.priority ?? 0,
      max_attempts: request.max_attempts ?? maxAttempts,
      submitter,
      hit: hit ?? null,
      stillThere: () => (hit === undefined ? acceptance.holds(admitted) : entries.holds(hit)),
    });
  }

  async #commit(store: JobStore, job: NewJob): Promise<Job> {
    const [accepted] = await store.submit([job]);
    if (accepted === undefined) throw new TypeError('a job store accepted a job and did not tell');
    return accepted;
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
