import { execa } from 'execa';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tempDir } from './temp-dir.ts';

/** A copy of a tree that another program wrote: the reference broker, or a cab of old. */
export async function fixtureTree(name: 'reference-tree' | 'cab-0.1-tree'): Promise<string> {
  const dir = await tempDir();
  const archive = join(import.meta.dirname, '../fixtures/trees', `${name}.tar.gz`);
  await execa('tar', ['-xzf', archive, '-C', dir]);
  return join(dir, name);
}

export interface FixtureTrack {
  readonly track_id: string;
  readonly file: string;
  /** As the pointer's file has them. */
  readonly artifact: string;
  readonly manifest: string;
  readonly etag: string;
  /** SHA-256 of the bytes that the entry holds. */
  readonly sha256: string;
}

/** What the tree's pointers mean, told with none of the project's own code. */
export async function fixtureTracks(root: string): Promise<FixtureTrack[]> {
  const index = join(root, 'echo/index');
  return Promise.all(
    (await readdir(index)).sort().map(async (file) => {
      const pointer = JSON.parse(await readFile(join(index, file), 'utf8')) as FixtureTrack & {
        config_hash: string;
        source_hash: string;
      };
      const { config_hash, source_hash, artifact } = pointer;
      const name = artifact.slice(artifact.lastIndexOf('/') + 1);
      const bytes = await readFile(join(root, 'echo', config_hash, source_hash, name));
      return { ...pointer, file, sha256: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}
