import type { RunnerIdentity } from '../engine/runner.ts';
import type { JsonObject } from '../model/job.ts';
import { canonicalJson } from './canonical-json.ts';
import { sha256 } from './digest.ts';

export interface ConfigParts {
  readonly identity: RunnerIdentity;
  readonly artifactName: string;
  /** With the runner's defaults applied. */
  readonly probe: JsonObject;
  readonly runnerKwargs: JsonObject;
  readonly dbHash: string | null;
}

/** All that decides a result besides the input. Nothing here may differ from machine to machine. */
export const configMaterial = ({
  identity,
  artifactName,
  probe,
  runnerKwargs,
  dbHash,
}: ConfigParts): JsonObject => ({
  runner: { name: identity.name, version: identity.version },
  artifact_schema: identity.artifactSchema,
  manifest_schema: identity.manifestSchema,
  artifact_name: artifactName,
  probe,
  runner_kwargs: runnerKwargs,
  db_hash: dbHash,
});

export const configHash = (material: JsonObject): string =>
  sha256(canonicalJson(Buffer.from(JSON.stringify(material))));
