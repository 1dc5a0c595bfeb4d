/** Answers the questions of a broker about jobs on record: lists, counts, figures, explanations. */
import type { JobPage, JobQuery, StatsOptions } from '../broker.ts';
import { CabError } from '../../model/errors.ts';
import { checkFacets, type FacetCounts, type JobFacets } from '../../model/job/facets.ts';
import type { EndedJobDocument, JobDocument } from '../../model/job/job-document.ts';
import type { JobExplanation } from '../../model/job/job-explanation.ts';
import { noJobs, type EndedJob, type Job, type JobCounts } from '../../model/job/job.ts';
import type { EntryKey } from '../../model/entry/key.ts';
import type { Manifest } from '../../model/entry/manifest.ts';
import type { Stats } from '../../model/report/stats.ts';
import type { EntryStore } from '../../ports/entry-store.ts';
import type { LazyJobStore } from '../../ports/jobs/lazy-job-store.ts';
import { outlinesInPieces } from '../../publication/outlines.ts';
import type { LoopTurns } from '../../../support/loop-turns.ts';
import { isDead } from '../../../support/process/owner.ts';
import { pageOfJobs } from './job-pages.ts';
import { storeFilter } from './job-search.ts';
import type { Savings } from './savings.ts';
import { shownJob } from './shown-job.ts';

export interface JobReadingOptions {
  readonly jobs: LazyJobStore;
  readonly entries: EntryStore;
  readonly turns: LoopTurns;
  readonly manifestOf: (key: EntryKey) => Promise<Manifest>;
}

/**
 * Each method does what the broker promises under the same name. What few commands need is loaded when it is needed, because
 * every command loads this file.
 */
export class JobReading {
  readonly #options: JobReadingOptions;
  #savings: Savings | undefined;

  constructor(options: JobReadingOptions) {
    this.#options = options;
  }

  /** @throws CabError not_found */
  async find(id: string): Promise<Job> {
    const job = await (await this.#store())?.get(id);
    if (job === undefined) throw noJob(id);
    return job;
  }

  document(job: EndedJob): EndedJobDocument;
  document(job: Job): JobDocument;
  document(job: Job): JobDocument {
    const { entries } = this.#options;
    return shownJob(job, { place: (key, name) => entries.place(key, name), isDead });
  }

  async jobs(query: JobQuery): Promise<JobPage> {
    const { jobs, next } = await pageOfJobs(await this.#store(), query, this.#options.turns);
    return { jobs: jobs.map((job) => this.document(job)), next };
  }

  async facets(facets: JobFacets): Promise<FacetCounts> {
    const { facetCounts } = await import('./facet-counts.ts');
    return facetCounts(await this.#store(), facets, this.#options.turns);
  }

  async counts(): Promise<JobCounts> {
    return (await this.#store())?.counts() ?? noJobs;
  }

  async stats(since: string, { signal }: StatsOptions): Promise<Stats> {
    checkFacets({ since });
    const [{ statsOf }, { Savings }] = await Promise.all([
      import('./stats.ts'),
      import('./savings.ts'),
    ]);
    this.#savings ??= new Savings(this.#options.manifestOf);
    const store = await this.#store();
    const filter = { ...storeFilter({ since }), states: ['done', 'error'] } as const;
    const pieces = store === undefined ? [] : outlinesInPieces(store, filter, this.#options.turns);
    return statsOf(pieces, { since, savings: this.#savings, signal });
  }

  async explain(id: string): Promise<JobExplanation> {
    const store = await this.#store();
    const job = await store?.get(id);
    if (store === undefined || job === undefined) throw noJob(id);
    const { explainJob } = await import('./job-explanation.ts');
    return explainJob(job, { ...this.#options, store });
  }

  #store() {
    return this.#options.jobs.existing();
  }
}

export const noJob = (job_id: string): CabError =>
  new CabError('not_found', `no job ${JSON.stringify(job_id)}`, { details: { job_id } });
