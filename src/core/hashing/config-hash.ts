/** Makes the config hash: the digest of everything that decides a result besides the input. */
import { BoundedCache } from '../../support/bounded-cache.ts';
import { exactText } from '../model/json/exact-json.ts';
import type { RunnerIdentity } from '../model/runner/runner-identity.ts';
import type { JsonObject } from '../model/job/job.ts';
import { canonicalJson } from './json/canonical-json.ts';
import { sha256 } from './digest.ts';

export interface ConfigParts {
  readonly identity: RunnerIdentity;
  readonly artifactName: string;
  /** With the runner's defaults applied. */
  readonly probe: JsonObject;
  readonly runnerKwargs: JsonObject;
  readonly dbHash: string | null;
  /** Whether the input was hashed as bytes. JSON, once the only format, adds no field: its keys stay as they were. */
  readonly isBytes: boolean;
  /** Declared variables, and the content of declared inputs by path; left out if none was declared. */
  readonly declared?: { readonly env: JsonObject; readonly inputs: JsonObject } | undefined;
}

/** Everything that decides a result besides the input. Nothing here may differ from machine to machine. */
export const configMaterial = ({
  identity,
  artifactName,
  probe,
  runnerKwargs,
  dbHash,
  isBytes,
  declared,
}: ConfigParts): JsonObject => ({
  runner: { name: identity.name, version: identity.version },
  artifact_schema: identity.artifactSchema,
  manifest_schema: identity.manifestSchema,
  artifact_name: artifactName,
  probe,
  runner_kwargs: runnerKwargs,
  db_hash: dbHash,
  ...(isBytes && { input_format: 'bytes' }),
  ...(declared && { env: declared.env, inputs: declared.inputs }),
});

/** Most jobs of a root have one configuration, so its text is hashed once. */
export function configHash(material: JsonObject): string {
  const text = exactText(material);
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const found = sha256(canonicalJson(Buffer.from(text)));
  if (text.length > longestKept) return found;
  hashes.set(text, found);
  return found;
}

/** The key is the text itself, which decides the hash. */
const hashes = new BoundedCache<string>({ capacity: 256, weigh: () => 1 });
/** Characters. */
const longestKept = 4096;
