/** Repairs one damaged entry. */
import * as z from 'zod/mini';
import { contentTypeOf } from '../../../model/entry/content-type.ts';
import { sealed } from '../../../hashing/manifest-seal.ts';
import { completeManifest } from '../../../publication/manifest-completion.ts';
import type { RunnerIdentity } from '../../../model/runner/runner-identity.ts';
import { formatKey, type EntryKey } from '../../../model/entry/key.ts';
import type { DoneJob } from '../../../model/job/job.ts';
import type { Manifest } from '../../../model/entry/manifest.ts';
import type { VerifyContext } from '../context.ts';

export interface Mended {
  /** For people. */
  readonly told: string;
  /** Whether nothing stands in its place now. */
  readonly isLost: boolean;
}

/** Writes the manifest again if a job's digest fits; else moves the entry to quarantine. Undefined if it is gone. */
export async function repairEntry(
  key: EntryKey,
  verify: VerifyContext,
  version: string,
): Promise<Mended | undefined> {
  const { root, now } = verify.options;
  const job = await jobOf(key, verify);
  // The job has the digest of the artifact only, so this works for entries of one file.
  const size = job && (await root.repair.intactArtifact(key, job.result));
  if (job !== undefined && size !== undefined) {
    await root.repair.republish(key, job.result, await manifestOf(key, job, size, version));
    return { told: `its manifest was written anew, as job ${job.id} had it`, isLost: false };
  }
  const findings = verify.findings.listed.filter(
    (finding) => finding.key !== null && formatKey(finding.key) === formatKey(key),
  );
  const note = { ...key, at: new Date(now).toISOString(), findings };
  const evidence = await root.repair.setAside(key, note);
  return evidence === undefined ? undefined : { told: `taken aside, to ${evidence}`, isLost: true };
}

/** The job that made the entry, not one that found it as a hit. */
async function jobOf(key: EntryKey, { store }: VerifyContext): Promise<DoneJob | undefined> {
  const jobs = (await store?.endedAt([key], mostJobs)) ?? [];
  return jobs.find((job): job is DoneJob => job.state === 'done' && !job.cached);
}

const mostJobs = 100;

async function manifestOf(
  key: EntryKey,
  job: DoneJob,
  size: number,
  version: string,
): Promise<Manifest> {
  const { artifact, etag } = job.result;
  return sealed(
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
}

const configSchema = z.object({
  runner: z.object({ name: z.string(), version: z.string() }),
  manifest_schema: z.nullable(z.string()),
});

/** Comes from the configuration, which a job of an older program lacks if its caller gave the hash. */
function identityOf({ spec }: DoneJob): RunnerIdentity {
  const { data } = configSchema.safeParse(spec.config);
  return {
    name: data?.runner.name ?? spec.runner,
    version: data?.runner.version ?? 'unknown',
    artifactSchema: null,
    manifestSchema: data?.manifest_schema ?? null,
  };
}
