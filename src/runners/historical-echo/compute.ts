import { readFileSync } from 'node:fs';
import { basename, parse } from 'node:path';
import type { RunnerCall, RunnerResult } from '../../core/ports/runner.ts';
import { CabError } from '../../core/model/errors.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import { type ArtifactValue, artifactJson } from './artifact/artifact-json.ts';
import { historicalEcho } from './descriptor.ts';
import { type SongFeatures, parseFeatures } from './features.ts';
import { type ProbeArguments, type SpineQuery, parseProbe, spineQuery } from './probe-arguments.ts';
import { parseSchemaIds } from './artifact/schema-ids.ts';
import { requireSpine } from './spine/spine-file.ts';

/** What a call asks its spine. */
export interface Question {
  readonly features: SongFeatures;
  readonly probe: ProbeArguments;
  readonly query: SpineQuery;
  readonly path: string;
}

export function questionOf(call: RunnerCall): Question {
  const probe = parseProbe(call.probe_kwargs);
  const features = parseFeatures(readFileSync(call.features_path), call.features_path);
  return { features, probe, query: spineQuery(probe), path: requireSpine(call.db_path) };
}

/** The files of a call, in memory. `found` is the spine's answer. */
export function resultOf(call: RunnerCall, found: Record<string, ArtifactValue>): RunnerResult {
  const schemas = parseSchemaIds(call.runner_kwargs);
  const generated = timeOfGeneration();
  const artifact = artifactJson({
    ...found,
    ...identityOf(call),
    schema_id: schemas.schema_id,
    generated_at: pythonTime(generated),
  });
  const created_at = generated.toISOString();
  const manifest = manifestText(call, artifact, schemas.manifest_schema_id, created_at);
  return {
    artifact: call.artifact_path,
    manifest: null,
    returned: {
      files: [{ path: basename(call.artifact_path), bytes: Buffer.from(artifact) }],
      manifest: Buffer.from(manifest),
    },
  };
}

const identityOf = (call: RunnerCall) => ({
  track_id: call.track_id ?? parse(call.features_path).name,
  run_id: call.run_id,
  source_hash: call.source_hash,
  config_hash: call.config_hash,
  db_hash: call.db_hash,
});

function manifestText(
  call: RunnerCall,
  artifact: string,
  schema_id: string,
  created_at: string,
): string {
  const digest = sha256(artifact);
  return artifactJson({
    ...identityOf(call),
    schema_id,
    runner: {
      runner_name: historicalEcho.name,
      version: historicalEcho.version,
      input_features_path: call.features_path,
    },
    artifact: {
      path: basename(call.artifact_path),
      sha256: digest,
      etag: digest,
      size: BigInt(Buffer.byteLength(artifact)),
      content_type: 'application/json',
    },
    created_at,
  });
}

/** A time in UTC as Python's `isoformat` writes it: with microseconds, unless they are 0. */
function pythonTime(time: Date): string {
  const [seconds = '', millis] = time.toISOString().slice(0, -1).split('.');
  return `${seconds}${millis === '000' ? '' : `.${millis}000`}+00:00`;
}

/** @throws CabError config_invalid for a SOURCE_DATE_EPOCH that is no time */
function timeOfGeneration(): Date {
  const epoch = process.env['SOURCE_DATE_EPOCH'];
  if (epoch === undefined || epoch === '') return new Date();
  const time = new Date(Number(epoch) * 1000);
  if (/^\d+$/.test(epoch) && !Number.isNaN(time.getTime())) return time;
  throw new CabError('config_invalid', `SOURCE_DATE_EPOCH: expected whole seconds, not ${epoch}`);
}
