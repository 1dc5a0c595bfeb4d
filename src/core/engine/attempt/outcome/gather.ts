import { bytesOf, sealed } from '../../../hashing/manifest-seal.ts';
import {
  completeManifest,
  parseRunnerManifest,
  type RunnerManifest,
} from '../../../publication/manifest-completion.ts';
import { isConfigHash, isSegment, type EntryKey } from '../../../model/entry/key.ts';
import type { JobSpec } from '../../../model/job/job.ts';
import type { RunnerIdentity } from '../../../model/runner/runner-identity.ts';
import type { LightEntry } from '../../../ports/made-entry.ts';
import type { RunnerResult } from '../../../ports/runner.ts';
import type { RunOutput, StagedEntry, Workspace } from '../../../ports/workspace.ts';

/** A run that has ended well, as its runner says. Plain data, because it may go to another thread. */
export interface FinishedRun {
  readonly job_id: string;
  readonly spec: JobSpec;
  readonly identity: RunnerIdentity;
  /** The directory that was the runner's `out_root`. */
  readonly outRoot: string;
  readonly result: RunnerResult;
  /** The start and end of the run. ISO 8601, UTC. */
  readonly started_at: string;
  readonly ended_at: string;
  readonly version: string;
  /** An output of at most this weight (`weightOf`) stays in memory. Undefined: none does. */
  readonly lightUpTo?: number | undefined;
}

export type GatheredEntry = StagedEntry | LightEntry;

export const isLight = (entry: GatheredEntry): entry is LightEntry => 'files' in entry;

/**
 * Makes an entry that is ready for publication from a runner's answer: copies and hashes its files, and completes its manifest.
 * @throws CabError runner_result_invalid, naming the file and the reason; the signal's reason
 */
export async function gather(
  run: FinishedRun,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<GatheredEntry> {
  const gathering = await workspace.gather(outputOf(run));
  const { manifest: written, folders } = gathering;
  const own = written && parseRunnerManifest(written.bytes, written.file);
  const key = reportedKey(folders, own) ?? run.spec.key;
  const { lightUpTo } = run;
  const small = lightUpTo === undefined ? undefined : await gathering.readSmall?.(lightUpTo);
  const { artifact, others: files } = small ?? (await gathering.copy(signal));
  const manifest = sealed(completeManifest({ ...run, key, own, artifact, files }));
  return (small ?? gathering).finish(key, manifest, bytesOf(manifest));
}

const outputOf = ({ job_id, spec, identity, outRoot, result }: FinishedRun): RunOutput => ({
  ...{ job_id, runner: identity.name, out_root: outRoot },
  ...{ artifact: result.artifact, manifest: result.manifest, files: result.files ?? [] },
  ...(result.returned && { returned: result.returned }),
  manifest_name: spec.manifest_name,
  read: [
    ...(spec.input.kept ? [] : [spec.input.path]),
    ...(spec.db_path === null || spec.db_kept === true ? [] : [spec.db_path]),
  ],
});

/** The key from the path `echo/<config>/<source>/`, else from the runner's manifest. */
function reportedKey(
  [first, second, third, ...more]: readonly string[],
  own: RunnerManifest | null,
): EntryKey | undefined {
  if (first === 'echo' && second !== undefined && third !== undefined && more.length === 0)
    return safeKey(second, third);
  return own === null ? undefined : safeKey(own.config_hash, own.source_hash);
}

const safeKey = (
  config_hash: string | undefined,
  source_hash: string | undefined,
): EntryKey | undefined =>
  config_hash !== undefined &&
  source_hash !== undefined &&
  isConfigHash(config_hash) &&
  isSegment(source_hash)
    ? { config_hash, source_hash }
    : undefined;
