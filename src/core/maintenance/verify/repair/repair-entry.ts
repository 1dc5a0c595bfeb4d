import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod/mini';
import { contentTypeOf } from '../../../model/content-type.ts';
import type { FsEntryStore } from '../../../../stores/local/fs-entry-store.ts';
import { bytesOf, sealed } from '../../../publication/manifest-seal.ts';
import { FsWorkspace } from '../../../../stores/local/fs-workspace.ts';
import { quarantine } from '../../../../stores/local/publication.ts';
import { stagedEntryPlace } from '../../../../stores/local/staging.ts';
import { idlePlace } from '../../../../support/files/idle-place.ts';
import { writeThrough } from '../../../../support/files/temporary.ts';
import { completeManifest } from '../../../publication/manifest-completion.ts';
import type { RunnerIdentity } from '../../../model/runner-identity.ts';
import { errnoOf } from '../../../model/errors.ts';
import { formatKey, type EntryKey } from '../../../model/key.ts';
import type { DoneJob } from '../../../model/job.ts';
import type { VerifyContext } from '../context.ts';
import { readChecked, unmetered } from '../check/read-file.ts';

export interface Mended {
  /** For people. */
  readonly told: string;
  /** Nothing stands in its place now. */
  readonly isLost: boolean;
}

/** Writes the manifest anew where the bytes are those that a job gave, else takes the entry aside. Undefined where it is gone. */
export async function repairEntry(
  key: EntryKey,
  verify: VerifyContext,
  entries: FsEntryStore,
  version: string,
): Promise<Mended | undefined> {
  const { layout, now, manifestName } = verify.options;
  const job = await jobOf(key, verify);
  if (job !== undefined && isWhole(layout.entry(key), job)) {
    await rewrite(key, job, verify, entries, version);
    return { told: `its manifest was written anew, as job ${job.id} had it`, isLost: false };
  }
  const evidence = await quarantine(layout.entry(key), key, layout, manifestName);
  if (evidence === undefined) return undefined;
  const findings = verify.findings.listed.filter(
    (finding) => finding.key !== null && formatKey(finding.key) === formatKey(key),
  );
  const note = { ...key, at: new Date(now).toISOString(), findings };
  await writeThrough(layout, `${evidence}.json`, `${JSON.stringify(note, null, 2)}\n`);
  return { told: `taken aside, to .cab/quarantine/${basename(evidence)}`, isLost: true };
}

/** The job that gave the entry, not one that found it standing. */
async function jobOf(key: EntryKey, { store }: VerifyContext): Promise<DoneJob | undefined> {
  const jobs = (await store?.endedAt([key], mostJobs)) ?? [];
  return jobs.find((job): job is DoneJob => job.state === 'done' && !job.cached);
}

const mostJobs = 100;

/** Only an entry of one file can be told whole by its job: of others the job has no digests. */
function isWhole(dir: string, { result }: DoneJob): boolean {
  try {
    const others = readdirSync(dir).filter((name) => name !== result.manifest);
    if (others.length !== 1 || others[0] !== result.artifact) return false;
    const read = readChecked(join(dir, result.artifact), true, unmetered);
    return read.state === 'read' && read.sha256 === result.etag;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** Published as by any job: the damaged one, which stands in the place, moves to quarantine. */
async function rewrite(
  key: EntryKey,
  job: DoneJob,
  { options: { layout } }: VerifyContext,
  entries: FsEntryStore,
  version: string,
): Promise<void> {
  const { artifact, manifest: manifestName, etag } = job.result;
  const workspace = new FsWorkspace(layout, () => undefined);
  const staging = await workspace.stage(basename(idlePlace(layout.staging)), 1);
  try {
    const dir = stagedEntryPlace(staging.dir);
    mkdirSync(dir);
    const place = join(dir, artifact);
    await copyFile(join(layout.entry(key), artifact), place);
    const { size, sha256 } = readChecked(place, true, unmetered);
    if (sha256 !== etag) throw new Error(`the copy of ${artifact} does not match its digest`);
    const manifest = sealed(
      completeManifest({
        job_id: job.id,
        spec: job.spec,
        identity: identityOf(job),
        key,
        own: { created_at: job.finished_at },
        artifact: {
          path: artifact,
          sha256: etag,
          size,
          content_type: await contentTypeOf(artifact),
        },
        files: [],
        started_at: job.started_at,
        ended_at: job.finished_at,
        version,
      }),
    );
    writeFileSync(join(dir, manifestName), bytesOf(manifest), { flag: 'wx' });
    // Open to whom it was open to before.
    const mode = statSync(join(layout.entry(key), artifact)).mode & 0o444;
    await entries.publish({ key, dir, artifact, manifestName, manifest, mode });
  } finally {
    await staging.discard();
    await workspace.close();
  }
}

const configSchema = z.object({
  runner: z.object({ name: z.string(), version: z.string() }),
  manifest_schema: z.nullable(z.string()),
});

/** As far as the configuration tells: of a key that the caller gave it tells nothing. */
function identityOf({ spec }: DoneJob): RunnerIdentity {
  const { data } = configSchema.safeParse(spec.config);
  return {
    name: data?.runner.name ?? spec.runner,
    version: data?.runner.version ?? 'unknown',
    artifactSchema: null,
    manifestSchema: data?.manifest_schema ?? null,
  };
}
