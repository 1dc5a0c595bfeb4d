import type { JobPage, JobQuery, StatsOptions } from '../../core/engine/broker.ts';
import {
  facetCountsSchema,
  type FacetCounts,
  type JobFacets,
} from '../../core/model/job/facets.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import type { JobExplanation } from '../../core/model/job/job-explanation.ts';
import type { JobCounts } from '../../core/model/job/job.ts';
import { statsSchema, type Stats } from '../../core/model/report/stats.ts';
import { jobExplanationOf, jobExplanationSchema } from '../wire/explanations.ts';
import { facetsOnWire } from '../wire/job-selection.ts';
import { jobSchema, jobsSchema } from '../wire/job-answer.ts';
import * as wire from '../wire/protocol.ts';
import type { Connection } from './connection.ts';

/** Asks a daemon about the jobs on record. Each method does what the broker promises under the same name. */
export class RemoteReading {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  job(id: string): Promise<JobDocument> {
    return this.#connection.json({ path: wire.paths.job(id) }, jobSchema);
  }

  async jobs(query: JobQuery): Promise<JobPage> {
    const { jobs, next } = await this.#page(query);
    return { jobs, next };
  }

  async counts(): Promise<JobCounts> {
    return (await this.#page({ limit: 1 })).counts;
  }

  facets(facets: JobFacets): Promise<FacetCounts> {
    const ask = { path: wire.paths.facets, query: facetsOnWire(facets) };
    return this.#connection.json(ask, facetCountsSchema);
  }

  stats(since: string, { signal }: StatsOptions): Promise<Stats> {
    return this.#connection.json({ path: wire.paths.stats, query: { since }, signal }, statsSchema);
  }

  async explain(id: string): Promise<JobExplanation> {
    const ask = { path: wire.paths.explainJob(id) };
    return jobExplanationOf(await this.#connection.json(ask, jobExplanationSchema));
  }

  #page({ limit, cursor, ...facets }: JobQuery) {
    return this.#connection.json(
      { path: wire.paths.jobs, query: { ...facetsOnWire(facets), limit, cursor } },
      jobsSchema,
    );
  }
}
