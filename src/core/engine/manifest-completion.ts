import * as z from 'zod/mini';
import { CabError } from '../errors.ts';
import type { EntryKey } from '../model/key.ts';
import type { JobSpec } from '../model/job.ts';
import type { Manifest } from '../model/manifest.ts';
import type { RunnerIdentity } from './runner.ts';

/** What is known of a file after reading it; `path` is its name within the entry, `size` in bytes. */
export interface FileFacts {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly content_type: string;
}

const loose = z.looseObject({});

/** A runner's own manifest: nothing in it is required, what is there must make sense. */
const runnerManifestSchema = z.looseObject({
  schema_id: z.optional(z.string()),
  config_hash: z.optional(z.string()),
  source_hash: z.optional(z.string()),
  runner: z.optional(loose),
  artifact: z.optional(
    z.looseObject({ sha256: z.optional(z.string()), size: z.optional(z.number()) }),
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
  readonly files: readonly FileFacts[];
  /** Of cab. */
  readonly version: string;
}

/** What the runner's manifest lacks is filled in, what it says beyond is kept; keys, digests and sizes are as found. */
export function completeManifest({
  job_id,
  spec,
  identity,
  key,
  own,
  artifact,
  files,
  version,
}: Completion): Manifest {
  checkDigest(own, artifact, identity);
  return {
    db_hash: spec.db_hash,
    job_id,
    run_id: spec.run_id,
    track_id: spec.track_id,
    created_at: new Date().toISOString(),
    ...own,
    schema_id: own?.schema_id ?? identity.manifestSchema ?? 'cab_manifest.v1',
    ...key,
    runner: {
      runner_name: identity.name,
      version: identity.version,
      input_features_path: spec.input.path,
      ...own?.runner,
    },
    artifact: { ...own?.artifact, ...artifact, etag: artifact.sha256 },
    ...(files.length > 0 && { files: files.map((file) => ({ ...file })) }),
    config: spec.config,
    cab_version: version,
  };
}

/** @throws CabError runner_result_invalid */
export function parseRunnerManifest(bytes: Uint8Array, file: string): RunnerManifest {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError('runner_result_invalid', `the runner's manifest ${file} is not JSON`, {
      cause: error,
      details: { file },
    });
  }
  const parsed = runnerManifestSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CabError(
    'runner_result_invalid',
    `the runner's manifest ${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`,
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
  if (said?.sha256 !== undefined && said.sha256 !== artifact.sha256) {
    throw new CabError(
      'runner_result_invalid',
      `runner ${identity.name}: its manifest gives the artifact another sha256 than its bytes have`,
      {
        details: { ...details, expected: said.sha256, actual: artifact.sha256 },
      },
    );
  }
  if (said?.size !== undefined && said.size !== artifact.size) {
    throw new CabError(
      'runner_result_invalid',
      `runner ${identity.name}: its manifest gives the artifact ${said.size} bytes, it has ${artifact.size}`,
      { details },
    );
  }
}
