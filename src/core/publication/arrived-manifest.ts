/**
 * Reads a manifest that comes from another machine, before anything that it names is fetched or taken. Its sender is not
 * trusted: its key, its seal, its names, its sizes and its number of bytes are checked here, the bytes of files when they come.
 */
import { sealOf, bytesOf } from '../hashing/manifest-seal.ts';
import { faultOfParts } from '../model/entry/entry-parts.ts';
import { isEntryPath } from '../model/entry/entry-path.ts';
import { isSegment, type EntryKey } from '../model/entry/key.ts';
import {
  artifactNamed,
  filesBeside,
  linksOf,
  manifestSchema,
  mostManifestBytes,
  type FileFacts,
  type Manifest,
} from '../model/entry/manifest.ts';
import { parseExact } from '../model/json/exact-json.ts';
import { issueOf } from '../model/json/issue.ts';

export interface ArrivedManifest {
  readonly manifest: Manifest;
  readonly artifact: string;
  /** The artifact first. */
  readonly files: readonly Pick<FileFacts, 'path' | 'sha256' | 'size'>[];
  /** Of all files together. */
  readonly size: number;
}

export interface Expected {
  readonly key: EntryKey;
  /** The name that the manifest will have here. */
  readonly manifestName: string;
  /** Bytes of all files together. */
  readonly mostBytes: number;
}

/** The manifest, or in a few words why it is not taken. */
export function arrivedManifest(bytes: Uint8Array, expected: Expected): ArrivedManifest | string {
  if (bytes.length > mostManifestBytes) return `it is larger than ${mostManifestBytes} bytes`;
  const manifest = parsed(bytes);
  if (typeof manifest === 'string') return manifest;
  const { config_hash, source_hash } = expected.key;
  if (manifest.config_hash !== config_hash || manifest.source_hash !== source_hash)
    return 'it names another key';
  const artifact = artifactNamed(manifest);
  const { size } = manifest.artifact;
  if (artifact === undefined || !isSegment(artifact) || manifest.artifact.path !== artifact)
    return 'artifact.path is no safe file name';
  if (size == null) return 'artifact.size is missing';
  const files = [
    { path: artifact, sha256: manifest.artifact.sha256, size },
    ...filesBeside(manifest),
  ];
  // Before the readers of manifests below, which take the last part of a path that is not safe.
  const unsafe = manifest.files?.find(({ path }) => !isEntryPath(path));
  if (unsafe !== undefined) return `${JSON.stringify(unsafe.path)} is no safe path`;
  const fault = faultOfParts([...files, ...linksOf(manifest)], expected.manifestName);
  if (fault !== undefined) return fault;
  const total = files.reduce((sum, file) => sum + file.size, 0);
  if (total > expected.mostBytes)
    return `its files have ${total} bytes, more than the limit of ${expected.mostBytes}`;
  return { manifest, artifact, files, size: total };
}

/** A seal, and exactly the bytes that cab writes: else the file here would differ from what its seal says. */
function parsed(bytes: Uint8Array): Manifest | string {
  const text = Buffer.from(bytes).toString('utf8');
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return 'it is not JSON';
  }
  const result = manifestSchema.safeParse(value);
  if (!result.success) {
    const { field, problem } = issueOf(result.error);
    return `${field}: ${problem}`;
  }
  if (sealOf(text) !== 'intact') return 'it has no intact seal (manifest_sha256)';
  return bytesOf(result.data).equals(bytes) ? result.data : 'it is not in canonical form';
}
