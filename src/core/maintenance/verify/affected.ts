/** How what was found is reached: the tracks that lead there, and the jobs that came to it. */
import { parsePointer } from '../../publication/pointer-file.ts';
import { type PointerFile } from '../../model/pointer.ts';
import { isCabError, errnoOf } from '../../model/errors.ts';
import { formatKey } from '../../model/key.ts';
import { itemsOf } from '../walk.ts';
import type { VerifyContext } from './context.ts';
import type { OpenFinding } from './findings.ts';
import { readChecked, unmetered } from './check/read-file.ts';

/** Of each kind as many are named. */
const mostNamed = 5;
const mostJobs = 1000;

export async function tellReach(verify: VerifyContext): Promise<void> {
  const concerned = byKey(verify.findings.listed);
  if (concerned.size === 0) return;
  for (const item of itemsOf(verify.options.layout.index)) {
    const pointer = 'kind' in item ? undefined : readable(item.path);
    if (pointer !== undefined) nameTrack(concerned.get(formatKey(pointer)), pointer.track_id);
  }
  await nameJobs(verify, concerned);
}

function byKey(findings: readonly OpenFinding[]): Map<string, OpenFinding[]> {
  const found = new Map<string, OpenFinding[]>();
  for (const finding of findings) {
    if (finding.key === null) continue;
    const key = formatKey(finding.key);
    found.set(key, [...(found.get(key) ?? []), finding]);
  }
  return found;
}

function nameTrack(findings: readonly OpenFinding[] | undefined, track_id: string): void {
  for (const { tracks } of findings ?? [])
    if (tracks.length < mostNamed && !tracks.includes(track_id)) tracks.push(track_id);
}

async function nameJobs(
  { store, notes }: VerifyContext,
  concerned: Map<string, OpenFinding[]>,
): Promise<void> {
  if (store === undefined) return;
  const keys = [...concerned.values()].flatMap(([first]) => first?.key ?? []);
  try {
    for (const job of await store.endedAt(keys, mostJobs)) {
      if (job.state !== 'done') continue;
      for (const { jobs } of concerned.get(formatKey(job.result)) ?? [])
        if (jobs.length < mostNamed) jobs.push(job.id);
    }
  } catch (error) {
    if (!isCabError(error, 'queue_unreadable')) throw error;
    notes.push('which jobs are concerned cannot be told: the job store is damaged');
  }
}

function readable(path: string): PointerFile | undefined {
  try {
    const { bytes } = readChecked(path, true, unmetered);
    return bytes === null ? undefined : parsePointer(bytes.toString('utf8'), path);
  } catch (error) {
    if (isCabError(error, 'pointer_invalid') || errnoOf(error) !== undefined) return undefined;
    throw error;
  }
}
