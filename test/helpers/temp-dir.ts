import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoneAfterTest } from './clean-up.ts';

export interface TempDir {
  readonly path: string;
  remove(): Promise<void>;
}

/** A fresh directory that whoever made it removes. */
export async function ownedTempDir(): Promise<TempDir> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'cab-test-')));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** The path of a fresh directory, removed after the test. */
export async function tempDir(): Promise<string> {
  const dir = await ownedTempDir();
  undoneAfterTest(() => dir.remove());
  return dir.path;
}
