/** The file of a manifest: its bytes, and the artifact that it means. */
import { CabError } from '../errors.ts';
import { parseExact } from '../json/exact-json.ts';
import { issueOf } from '../json/issue.ts';
import { isSegment } from './key.ts';
import { artifactNamed, manifestSchema, type Manifest } from './manifest.ts';

/**
 * The artifact of a manifest that does not name it: the file with the store's usual name, or else the only other
 * file.
 */
export function artifactAmong(
  files: readonly string[],
  manifest: string,
  { artifactName }: { readonly artifactName: string | null },
): string | undefined {
  const others = files.filter((name) => name !== manifest && isSegment(name));
  const usual = artifactName ?? 'historical_echo.json';
  if (others.includes(usual)) return usual;
  return others.length === 1 ? others[0] : undefined;
}

export const unnamedArtifact = (file: string): CabError =>
  new CabError(
    'manifest_invalid',
    `manifest ${file}: artifact.path is missing, and the directory does not tell which file it is`,
    { details: { file, field: 'artifact.path' } },
  );

/** @throws CabError manifest_invalid */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  let value: unknown;
  try {
    value = parseExact(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError('manifest_invalid', `manifest ${file} is not JSON`, {
      cause: error,
      details: { file },
    });
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const { field, problem } = issueOf(parsed.error);
    throw invalid(file, field, problem);
  }
  if (hasLostFiles(value, parsed.data)) throw invalid(file, 'files', 'not understood');
  const artifact = artifactNamed(parsed.data);
  if (artifact === undefined || isSegment(artifact)) return parsed.data;
  throw invalid(file, 'artifact.path', 'is not a safe file name');
}

/** cab seals its own manifests. If the list of files in a sealed manifest does not parse, the manifest is damaged. */
const hasLostFiles = (value: unknown, { files }: Manifest): boolean =>
  value instanceof Object &&
  'files' in value &&
  'manifest_sha256' in value &&
  value.files != null &&
  files == null;

const invalid = (file: string, field: string, problem: string): CabError =>
  new CabError('manifest_invalid', `manifest ${file}: ${field}: ${problem}`, {
    details: { file, field },
  });
