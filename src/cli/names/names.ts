/**
 * Finds the job or entry that a word of the command line names. An exact name wins. A shortened name is searched among
 * the latest jobs only, because a queue may hold a million.
 */
import type { Broker, JobPage } from '../../core/engine/broker.ts';
import { CabError, isCabError } from '../../core/model/errors.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';
import { isShortFor, isShortForKey, onlyOne } from './short-name.ts';

/** The most jobs that a broker lists at a time. */
const latest = 1000;
/** How many jobs of a track are searched for one that ran. */
const latestOfTrack = 50;

/** Every method throws not_found, and usage if a word fits several. */
export class Names {
  readonly #broker: Broker;
  #recent: Promise<JobPage> | undefined;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** A job by its id. */
  async job(word: string): Promise<JobDocument> {
    const found = await this.#jobById(word);
    if (found !== undefined) return found;
    if ((await this.#jobOfTrack(word)) === undefined) return this.#missing('job', word);
    throw new CabError('not_found', `${JSON.stringify(word)} is no job but a track`, {
      hint: `\`cab status --track ${word}\` lists its jobs; cab cancel takes --track, too.`,
      details: { name: word },
    });
  }

  /** A job by its id, or the latest job of a track or key. A job that ran is preferred. */
  async jobOf(word: string): Promise<JobDocument> {
    const exact = (await this.#exactJob(word)) ?? (await this.#jobOfTrack(word));
    if (exact !== undefined) return exact;
    const { jobs } = await this.#latest();
    const ofKey = ran(jobs.filter((job) => formatKey(job) === word));
    if (ofKey !== undefined) return ofKey;
    const fitting = jobs.filter(({ job_id }) => isShortFor(job_id, word));
    const keys = new Set(fitting.map(formatKey));
    const others = jobs.filter((job) => isShortForKey(job, word) && !keys.has(formatKey(job)));
    const found = new Map(fitting.map((job) => [`job ${job.job_id}`, job]));
    for (const [key, ofOther] of byKey(others)) {
      const job = ran(ofOther);
      if (job !== undefined) found.set(`key ${key}`, job);
    }
    return onlyOne(word, found) ?? this.#missing('job, key or track', word);
  }

  /** The latest job that ran, else the latest. */
  async last(): Promise<JobDocument> {
    const last = ran((await this.#latest()).jobs);
    if (last !== undefined) return last;
    throw new CabError('not_found', 'no jobs', { hint: 'Submit one first: cab submit FILE' });
  }

  /** The key of a job's result, or a shortened key. The store resolves exact keys and tracks. */
  async key(word: string): Promise<EntryKey> {
    const exact = await this.#exactJob(word);
    if (exact !== undefined) return keyOfResult(exact);
    const { jobs } = await this.#latest();
    const fitting = jobs.filter((job) => isShortFor(job.job_id, word) || isShortForKey(job, word));
    // Jobs of one key lead to one entry. A failed job must not hide it.
    const job = onlyOne(
      word,
      new Map([...byKey(fitting)].map(([key, all]) => [`key ${key}`, all.find(isDone) ?? all[0]])),
    );
    return job === undefined ? this.#missing('job, key or track', word) : keyOfResult(job);
  }

  /** The track of a job. */
  async track(word: string): Promise<string> {
    const found = (await this.#jobById(word)) ?? (await this.#missing('track or job', word));
    const { job_id, track_id } = found;
    if (track_id !== null) return track_id;
    throw new CabError('not_found', `job ${job_id} has no track`, { details: { job_id } });
  }

  async #jobById(word: string): Promise<JobDocument | undefined> {
    const exact = await this.#exactJob(word);
    if (exact !== undefined) return exact;
    const { jobs } = await this.#latest();
    const fitting = jobs.filter(({ job_id }) => isShortFor(job_id, word));
    return onlyOne(word, new Map(fitting.map((job) => [job.job_id, job])));
  }

  async #exactJob(word: string): Promise<JobDocument | undefined> {
    // No id contains a slash, which would make another URL.
    return word === '' || word.includes('/') ? undefined : unlessMissing(this.#broker.job(word));
  }

  async #jobOfTrack(track: string): Promise<JobDocument | undefined> {
    if (track === '') return undefined;
    return ran((await this.#broker.jobs({ track, limit: latestOfTrack })).jobs);
  }

  #latest(): Promise<JobPage> {
    return (this.#recent ??= this.#broker.jobs({ limit: latest }));
  }

  async #missing(what: string, word: string): Promise<never> {
    const isCut = (await this.#latest()).next !== null;
    throw new CabError('not_found', `no ${what} ${JSON.stringify(word)}`, {
      ...(isCut && {
        hint: `A shortened name is looked for among the latest ${latest} jobs: write the whole id or key.`,
      }),
      details: { name: word },
    });
  }
}

/** The first of these jobs, latest first, whose runner may have written something. */
const ran = (jobs: readonly JobDocument[]): JobDocument | undefined =>
  jobs.find(({ cached }) => !cached) ?? jobs[0];

function byKey(jobs: readonly JobDocument[]): Map<string, JobDocument[]> {
  const all = new Map<string, JobDocument[]>();
  for (const job of jobs) {
    const key = formatKey(job);
    all.set(key, [...(all.get(key) ?? []), job]);
  }
  return all;
}

const isDone = ({ status }: JobDocument): boolean => status === 'done';

function keyOfResult({ job_id, status, config_hash, source_hash }: JobDocument): EntryKey {
  if (status === 'done') return { config_hash, source_hash };
  throw new CabError('not_found', `job ${job_id} has no result: ${status}`, {
    hint: `See how it stands: cab status ${job_id}`,
    details: { job_id },
  });
}

export async function unlessMissing<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isCabError(error, 'not_found')) return undefined;
    throw error;
  }
}
