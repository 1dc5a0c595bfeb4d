/** Completes the manifest of an entry from the runner's own manifest and the facts of the run. */
import * as z from 'zod/mini';
import { CabError } from '../model/errors.ts';
import { issueOf } from '../model/json/issue.ts';
import { parseExact } from '../model/json/exact-json.ts';
import type { EntryKey } from '../model/entry/key.ts';
import type { JobSpec } from '../model/job/job.ts';
import type { FileFacts, LinkFacts, Manifest } from '../model/entry/manifest.ts';
import type { RunnerIdentity } from '../model/runner/runner-identity.ts';

const loose = z.looseObject({});

/** A member of an unexpected type counts as missing, and is filled in. */
const optional = <T extends z.ZodMiniType>(schema: T) => z.catch(z.optional(schema), undefined);
const text = optional(z.string());

/** A runner's own manifest. Nothing in it is required. If it gives a digest or a size, they must be right. */
const runnerManifestSchema = z.looseObject({
  schema_id: text,
  config_hash: text,
  source_hash: text,
  created_at: text,
  runner: optional(loose),
  artifact: z.nullish(
    z.looseObject({
      sha256: z.nullish(z.string()),
      etag: text,
      size: z.nullish(z.number()),
    }),
  ),
});

export type RunnerManifest = z.infer<typeof runnerManifestSchema>;

export interface Completion {
  readonly job_id: string;
  readonly spec: JobSpec;
  readonly identity: RunnerIdentity;
  readonly key: EntryKey;
  readonly own: RunnerManifest | null;
  readonly artifact: FileFacts;
  readonly files: readonly (FileFacts | LinkFacts)[];
  /** The start and end of the run, if they are known. ISO 8601, UTC. */
  readonly started_at: string | null;
  readonly ended_at: string | null;
  /** The version of cab. */
  readonly version: string;
}

/** Fills in what the runner's manifest lacks, and keeps its other members. Keys, digests and sizes are as found. */
export function completeManifest({
  job_id,
  spec,
  identity,
  key,
  own,
  artifact,
  files,
  started_at,
  ended_at,
  version,
}: Completion): Manifest {
  checkDigest(own, artifact, identity);
  return {
    db_hash: spec.db_hash,
    job_id,
    run_id: spec.run_id,
    track_id: spec.track_id,
    ...own,
    created_at: own?.created_at ?? new Date().toISOString(),
    schema_id: own?.schema_id ?? identity.manifestSchema ?? 'cab_manifest.v1',
    ...key,
    runner: {
      runner_name: identity.name,
      version: identity.version,
      input_features_path: spec.input.path,
      ...own?.runner,
    },
    artifact: { ...own?.artifact, ...artifact, etag: own?.artifact?.etag ?? artifact.sha256 },
    ...(files.length > 0 && { files: files.map((file) => ({ ...file })) }),
    config: spec.config,
    started_at,
    ended_at,
    cab_version: version,
  };
}

/** @throws CabError runner_result_invalid */
export function parseRunnerManifest(bytes: Uint8Array, file: string): RunnerManifest {
  let value: unknown;
  try {
    value = parseExact(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError('runner_result_invalid', `the runner's manifest ${file} is not JSON`, {
      cause: error,
      details: { file },
    });
  }
  const parsed = runnerManifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError(
    'runner_result_invalid',
    `the runner's manifest ${file}: ${field}: ${problem}`,
    { details: { file } },
  );
}

function checkDigest(
  own: RunnerManifest | null,
  artifact: FileFacts,
  identity: RunnerIdentity,
): void {
  const said = own?.artifact;
  const details = { runner: identity.name, artifact: artifact.path };
  if (said?.sha256 != null && said.sha256 !== artifact.sha256) {
    throw new CabError(
      'runner_result_invalid',
      `runner ${identity.name}: its manifest gives the artifact another sha256 than its bytes have`,
      {
        details: { ...details, expected: said.sha256, actual: artifact.sha256 },
      },
    );
  }
  if (said?.size != null && said.size !== artifact.size) {
    throw new CabError(
      'runner_result_invalid',
      `runner ${identity.name}: its manifest gives the artifact ${said.size} bytes, it has ${artifact.size}`,
      { details },
    );
  }
}
