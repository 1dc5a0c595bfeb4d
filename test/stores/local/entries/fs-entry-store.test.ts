import { existsSync, utimesSync } from 'node:fs';
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FsEntryStore } from '../../../../src/stores/local/entries/fs-entry-store.ts';
import { FsWorkspace } from '../../../../src/stores/local/staging/fs-workspace.ts';
import { layoutOf, type Layout } from '../../../../src/stores/local/layout.ts';
import { sha256 } from '../../../../src/core/hashing/digest.ts';
import { describeEntryStore, stageEntry } from '../../../contract/entry-store.ts';
import { asOrdinaryUser } from '../../../helpers/ordinary-user.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { fileNames } from '../../../helpers/file-names.ts';

const key = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };

const workspaceOf = (layout: Layout): FsWorkspace => new FsWorkspace(layout, () => undefined);

describeEntryStore('a directory', async () => {
  const layout = layoutOf(await tempDir());
  return {
    store: new FsEntryStore(layout, fileNames),
    other: new FsEntryStore(layout, fileNames),
    workspace: workspaceOf(layout),
    damage: async (key, name, at = 0) => {
      const file = join(layout.entry(key), name);
      await chmod(file, 0o644);
      const handle = await open(file, 'r+');
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, at);
      await handle.write(Buffer.from([byte.readUInt8() ^ 1]), 0, 1, at);
      await handle.close();
    },
    remove: (at, name) => rm(join(layout.entry(at), name)),
  };
});

async function published(files: Record<string, string> = { 'a.json': 'one' }) {
  const layout = layoutOf(await tempDir());
  const store = new FsEntryStore(layout, fileNames);
  await store.publish(await stageEntry(workspaceOf(layout), files));
  return { layout, store, dir: layout.entry(key) };
}

describe('entries in a directory', () => {
  it('stand where a plain web server would look, read-only', async () => {
    const { dir } = await published();
    expect(dir.endsWith(join('echo', key.config_hash, key.source_hash))).toBe(true);
    expect((await stat(join(dir, 'a.json'))).mode & 0o777).toBe(0o444);
    expect((await stat(dir)).mode & 0o777).toBe(0o755);
  });

  it('are freshened by a hit without counting as changed', async () => {
    const { store, dir } = await published();
    const past = new Date(Date.now() - 3_600_000);
    await utimes(dir, past, past);
    expect(await store.claimHit(key)).toBeDefined();
    expect((await stat(dir)).mtimeMs).toBeGreaterThan(past.getTime() + 1_800_000);
  });

  it('leave a corrupt predecessor in quarantine as evidence', async () => {
    const { layout, store, dir } = await published();
    await chmod(join(dir, 'a.json'), 0o644);
    await writeFile(join(dir, 'a.json'), 'two');
    await store.publish(await stageEntry(workspaceOf(layout), { 'a.json': 'one' }));
    const [evidence = ''] = await readdir(layout.quarantine);
    expect(await readFile(join(layout.quarantine, evidence, 'a.json'), 'utf8')).toBe('two');
  });

  it('written by the reference broker are read as they are', async () => {
    const { layout, store } = await published();
    const at = { config_hash: 'ref', source_hash: 'tree' };
    await mkdir(layout.entry(at), { recursive: true });
    await writeFile(join(layout.entry(at), 'historical_echo.json'), '{}');
    const manifest = {
      schema_id: 'historical_echo_manifest.v1',
      ...at,
      db_hash: null,
      runner: {
        runner_name: 'historical_echo_runner',
        version: 'v1',
        input_features_path: '/x/y.json',
      },
      artifact: {
        path: `echo/ref/tree/historical_echo.json`,
        sha256: sha256('{}'),
        etag: sha256('{}'),
        size: 2,
      },
    };
    await writeFile(join(layout.entry(at), 'manifest.json'), JSON.stringify(manifest));
    expect(await store.claimHit(at)).toMatchObject({
      artifact: 'historical_echo.json',
      manifestName: 'manifest.json',
    });
  });

  it('published under another manifest name are found, not taken for corrupt', async () => {
    const { layout, store, dir } = await published();
    await rename(join(dir, 'manifest.json'), join(dir, 'facts.json'));
    expect(await store.claimHit(key)).toMatchObject({ manifestName: 'facts.json' });
    await expect(readdir(layout.quarantine)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('have no manifest in a file without its extension, whatever lies in that', async () => {
    const { store, dir } = await published({ 'a.json': 'one', 'a.txt': 'two' });
    await rename(join(dir, 'manifest.json'), join(dir, 'facts.txt'));
    expect(await store.claimHit(key)).toBeUndefined();
  });

  it('with a file that may not be read name it', async () => {
    const { layout, store, dir } = await published();
    await chmod(join(dir, 'a.json'), 0o000);
    const refused = { code: 'store_unreadable', message: expect.stringMatching(/a\.json.*EACCES/) };
    await asOrdinaryUser(layout.root, () =>
      expect(store.open(key, 'a.json')).rejects.toMatchObject(refused),
    );
  });

  it('with a large file that is changed while it is read are not served', async () => {
    const { store, dir } = await published({ 'a.json': 'x'.repeat(8 << 20) });
    const file = join(dir, 'a.json');
    const opened = new AbortController();
    const opening = store.open(key, 'a.json').finally(() => opened.abort());
    const refused = expect(opening).rejects.toMatchObject({ code: 'hash_mismatch' });
    while (!opened.signal.aborted) {
      const now = new Date();
      utimesSync(file, now, now);
      await turn();
    }
    await refused;
  });

  it('are never reached through a link that leads out of the root', async () => {
    const { layout, store, dir } = await published();
    const outside = join(await tempDir(), 'entry');
    await rename(dir, outside);
    await symlink(outside, dir);
    expect(await store.find(key)).toBeUndefined();
    await expect(store.open(key, 'a.json')).rejects.toMatchObject({ code: 'not_found' });
    await rm(dir);
    await mkdir(dir);
    for (const name of await readdir(outside)) await symlink(join(outside, name), join(dir, name));
    await expect(store.open(key, 'a.json')).rejects.toMatchObject({ code: 'not_found' });
    expect(layout.root).not.toBe(outside);
  });

  it.each(['a.json', 'manifest.json'])(
    'are not made of a link that took the place of the staged %s, nor is its target closed to writers',
    async (name) => {
      const layout = layoutOf(await tempDir());
      const store = new FsEntryStore(layout, fileNames);
      const staged = await stageEntry(workspaceOf(layout), { 'a.json': 'one' });
      const outside = join(await tempDir(), 'secret');
      await rename(join(staged.dir, name), outside);
      await chmod(outside, 0o640);
      await symlink(outside, join(staged.dir, name));
      await expect(store.publish(staged)).rejects.toMatchObject({
        code: 'io_error',
        details: { errno: 'ELOOP' },
      });
      expect((await stat(outside)).mode & 0o777).toBe(0o640);
      expect(await store.find(key)).toBeUndefined();
      expect(existsSync(layout.entry(key))).toBe(false);
    },
  );

  it('with a manifest that cannot be parsed say so when opened, and are no hit', async () => {
    const { store, dir } = await published();
    await rm(join(dir, 'manifest.json'));
    await writeFile(join(dir, 'manifest.json'), '{"schema_id":');
    await expect(store.open(key, 'a.json')).rejects.toMatchObject({ code: 'manifest_invalid' });
    expect(await store.claimHit(key)).toBeUndefined();
  });
});
