/** Makes the config hash: the digest of everything that decides a result besides the input. */
import { BoundedCache } from '../../support/bounded-cache.ts';
import { exactText } from '../model/exact-json.ts';
import type { RunnerIdentity } from '../model/runner-identity.ts';
import type { JsonObject } from '../model/job.ts';
import { canonicalJson } from './json/canonical-json.ts';
import { sha256 } from './digest.ts';

export interface ConfigParts {
  readonly identity: RunnerIdentity;
  readonly artifactName: string;
  /** With the runner's defaults applied. */
  readonly probe: JsonObject;
  readonly runnerKwargs: JsonObject;
  readonly dbHash: string | null;
  /**
   * Whether the input was hashed as bytes. JSON was once the only format, so it adds no field: keys of JSON inputs do not
   * change.
   */
  readonly isBytes: boolean;
}

/** Everything that decides a result besides the input. Nothing here may differ from machine to machine. */
export const configMaterial = ({
  identity,
  artifactName,
  probe,
  runnerKwargs,
  dbHash,
  isBytes,
}: ConfigParts): JsonObject => ({
  runner: { name: identity.name, version: identity.version },
  artifact_schema: identity.artifactSchema,
  manifest_schema: identity.manifestSchema,
  artifact_name: artifactName,
  probe,
  runner_kwargs: runnerKwargs,
  db_hash: dbHash,
  ...(isBytes && { input_format: 'bytes' }),
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
