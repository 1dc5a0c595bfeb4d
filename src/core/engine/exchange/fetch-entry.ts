/** Fetches one entry from one upstream into a place of its own, and compares every byte with the manifest. */
import type { EntryKey } from '../../model/entry/key.ts';
import type { Manifest } from '../../model/entry/manifest.ts';
import type { EntryStore } from '../../ports/entry-store.ts';
import { unusableEntry, type Upstream, type UpstreamQuestion } from '../../ports/upstream.ts';
import type { Arrival, Workspace } from '../../ports/workspace.ts';
import { arrivedManifest, type ArrivedManifest } from '../../publication/arrived-manifest.ts';
import { untilFailure } from '../../../support/until-failure.ts';

export interface FetchOptions {
  readonly entries: EntryStore;
  readonly workspace: Workspace;
  readonly manifestName: string;
  /** Bytes of all files of an entry together. */
  readonly mostBytes: number;
}

export interface FoundManifest extends ArrivedManifest {
  readonly bytes: Uint8Array;
}

/** Files of one entry that are fetched at the same time. */
const together = 8;

/** The checked manifest; undefined if the upstream does not have the entry, or has another than is meant. */
export async function fetchManifest(
  upstream: Upstream,
  key: EntryKey,
  options: Pick<FetchOptions, 'manifestName' | 'mostBytes'>,
  {
    suits,
    ...question
  }: UpstreamQuestion & { suits?: ((manifest: Manifest) => boolean) | undefined },
): Promise<FoundManifest | undefined> {
  const bytes = await upstream.manifest(key, question);
  if (bytes === undefined) return undefined;
  const found = arrivedManifest(bytes, { key, ...options });
  if (typeof found === 'string')
    throw unusableEntry(upstream.name, key, `its manifest is not taken: ${found}`);
  return suits === undefined || suits(found.manifest) ? { ...found, bytes } : undefined;
}

/** On return the entry stands here, durable. */
export async function fetchFiles(
  upstream: Upstream,
  key: EntryKey,
  found: FoundManifest,
  { entries, workspace, manifestName }: FetchOptions,
  question: UpstreamQuestion,
): Promise<void> {
  const arrival = await workspace.arrive();
  try {
    await keepAll(upstream, key, found, arrival, question);
    const { manifest, artifact, files, bytes } = found;
    const staged = await arrival.finish({ key, manifestName, manifest, artifact, files, bytes });
    await entries.publish(staged, question.signal);
  } finally {
    await arrival.discard();
  }
}

/** The first failure ends the fetches of the other files as well. */
async function keepAll(
  upstream: Upstream,
  key: EntryKey,
  { files }: FoundManifest,
  arrival: Arrival,
  { via, signal }: UpstreamQuestion,
): Promise<void> {
  const distinct = new Map(files.map((file) => [file.sha256, file]));
  await untilFailure(distinct.values(), together, signal, async (file, either) => {
    const outcome = await upstream.file(key, file.path, { via, signal: either }, (bytes) =>
      arrival.keep(file, bytes, either),
    );
    if (outcome === 'kept') return;
    const what = `${file.path}: ${problems[outcome]}`;
    throw unusableEntry(upstream.name, key, what, { file: file.path });
  });
}

const problems = {
  'too long': 'more bytes came than its manifest says',
  'too short': 'fewer bytes came than its manifest says',
  'other bytes': 'the bytes that came do not match its manifest',
} as const;
