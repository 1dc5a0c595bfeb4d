/** Names for completion, from the root and the configuration file. */
import type { Broker } from '../../core/engine/broker.ts';
import type { JobDocument } from '../../core/model/job/job-document.ts';
import { jobStates, type JobState } from '../../core/model/job/job.ts';
import { shortId } from '../names/short-name.ts';
import type { Candidate, NameKind } from './candidate.ts';

export interface NameSources {
  readonly broker: Broker;
  readonly kinds: Iterable<string>;
}

/** As many as a person looks through. */
const mostJobs = 50;

/** Files are the shell's to find. */
export async function namesOf(
  wanted: readonly NameKind[],
  sources: NameSources,
): Promise<Candidate[]> {
  return (await Promise.all(wanted.map((kind) => listed(kind, sources)))).flat();
}

async function listed(kind: NameKind, { broker, kinds }: NameSources): Promise<Candidate[]> {
  switch (kind) {
    case 'file':
      return [];
    case 'kind':
      return Array.from(kinds, (word) => ({ word, text: 'kind of job' }));
    case 'track': {
      const { tracks } = await broker.tracks();
      return tracks.map(({ track_id }) => ({ word: track_id, text: 'track' }));
    }
    case 'job':
      return jobsIn(broker, jobStates);
    case 'waiting job':
      return jobsIn(broker, ['pending', 'running']);
    case 'failed job':
      return jobsIn(broker, ['error', 'canceled']);
    default:
      return kind satisfies never;
  }
}

async function jobsIn(broker: Broker, states: readonly JobState[]): Promise<Candidate[]> {
  const pages = await Promise.all(states.map((status) => broker.jobs({ status, limit: mostJobs })));
  return pages.flatMap(({ jobs }) => jobs).map(asCandidate);
}

const asCandidate = ({ job_id, status, track_id }: JobDocument): Candidate => ({
  word: shortId(job_id),
  text: track_id === null ? status : `${status}  ${track_id}`,
});
