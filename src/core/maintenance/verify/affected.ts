/** Names what each finding affects: the tracks that lead there, and the jobs that ended there. */
import { isCabError } from '../../model/errors.ts';
import { formatKey } from '../../model/key.ts';
import type { VerifyContext } from './context.ts';
import type { OpenFinding } from './findings.ts';

/** The most tracks and the most jobs that a finding names. */
const mostNamed = 5;
const mostJobs = 1000;

export async function tellReach(verify: VerifyContext): Promise<void> {
  const concerned = byKey(verify.findings.listed);
  if (concerned.size === 0) return;
  const { pointerFiles } = verify.options.root;
  for await (const names of pointerFiles.files())
    for (const name of names) {
      const found = name.kind === 'file' ? await pointerFiles.read(name.file) : name;
      if (found.kind !== 'pointer') continue;
      nameTrack(concerned.get(formatKey(found.pointer)), found.pointer.track_id);
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
