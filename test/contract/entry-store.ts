import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EntryStore } from '../../src/core/ports/entry-store.ts';
import type { StagedEntry, Workspace } from '../../src/core/ports/workspace.ts';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { FileFacts, LinkFacts, Manifest } from '../../src/core/model/entry/manifest.ts';

export interface EntryStoreFixture {
  readonly store: EntryStore;
  /** A second handle on the same entries, as another process would have. */
  readonly other: EntryStore;
  /** Where entries are made that either of them publishes. */
  readonly workspace: Workspace;
  /** Changes a stored byte behind the store's back, in its place. */
  damage(key: EntryKey, name: string, at?: number): Promise<void>;
  /** Removes one stored file behind the store's back. */
  remove(key: EntryKey, name: string): Promise<void>;
}

const key: EntryKey = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };

export function describeEntryStore(name: string, make: () => Promise<EntryStoreFixture>): void {
  describe(`${name} as an entry store`, () => {
    let fixture: EntryStoreFixture;
    beforeEach(async () => {
      fixture = await make();
    });

    const put = async (store: EntryStore, files: Record<string, string>, at: EntryKey = key) =>
      store.publish(await stageEntry(fixture.workspace, files, 'job', at));

    it('has no entry before one is published', async () => {
      expect(await fixture.store.find(key)).toBeUndefined();
      expect(await fixture.store.claimHit(key)).toBeUndefined();
      await expect(fixture.store.open(key, 'a.json')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('shows nothing of an entry that is staged only', async () => {
      await stageEntry(fixture.workspace, { 'a.json': 'one' });
      expect(await fixture.store.find(key)).toBeUndefined();
    });

    it('gives back every byte of what was published, in this process and in another', async () => {
      const published = await put(fixture.store, { 'a.json': 'one', 'extra.bin': 'two' });
      expect(published.outcome).toBe('published');
      for (const store of [fixture.store, fixture.other]) {
        expect(await text(store, 'a.json')).toBe('one');
        expect(await text(store, 'extra.bin')).toBe('two');
        expect(JSON.parse(await text(store, 'manifest.json'))).toMatchObject({
          artifact: { sha256: sha256('one') },
        });
      }
    });

    it('gives ranges of a file', async () => {
      await put(fixture.store, { 'a.json': '0123456789' });
      const file = await fixture.store.open(key, 'a.json');
      expect(file.size).toBe(10);
      expect(file.etag).toBe(sha256('0123456789'));
      expect((await buffer(file.stream({ start: 3, end: 6 }))).toString()).toBe('345');
      expect((await buffer(file.stream({ start: 3, end: 10 }))).toString()).toBe('3456789');
    });

    it('gives ranges of a file too large to be kept in memory', async () => {
      const large = 'abcdefgh'.repeat(400_000);
      await put(fixture.store, { 'a.json': large });
      const file = await fixture.store.open(key, 'a.json');
      expect((await buffer(file.stream({ start: 1_000_001, end: 1_000_005 }))).toString()).toBe(
        large.slice(1_000_001, 1_000_005),
      );
      expect(await text(fixture.store, 'a.json')).toBe(large);
    });

    it.each([
      ['file', 0],
      ['part of a file', 1],
    ])(
      'never gives a %s to its end that was overwritten while it was read',
      async (_what, start) => {
        const large = 'abcdefgh'.repeat(1_000_000);
        await put(fixture.store, { 'a.json': large });
        const file = await fixture.store.open(key, 'a.json');
        let received = 0;
        const read = async (): Promise<void> => {
          for await (const piece of file.stream({ start, end: large.length })) {
            if (received === 0) await fixture.damage(key, 'a.json', large.length - 1);
            received += (piece as Buffer).length;
          }
        };
        await expect(read()).rejects.toMatchObject({ code: 'hash_mismatch' });
        expect(received).toBeGreaterThan(0);
        expect(received).toBeLessThan(large.length - start);
        expect(await fixture.store.claimHit(key)).toBeUndefined();
      },
    );

    it('keeps a sound entry and drops the new bytes', async () => {
      await put(fixture.store, { 'a.json': 'first' });
      const second = await put(fixture.other, { 'a.json': 'second' });
      expect(second.outcome).toBe('kept');
      expect(second.entry.manifest.artifact.sha256).toBe(sha256('first'));
      expect(await text(fixture.store, 'a.json')).toBe('first');
    });

    it('lets one of many publishers win', async () => {
      const stores = [fixture.store, fixture.other];
      const staged = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          stageEntry(fixture.workspace, { 'a.json': `bytes ${index}` }, `job${index}`),
        ),
      );
      const outcomes = await Promise.all(
        staged.map((entry, index) => (stores[index % 2] ?? fixture.store).publish(entry)),
      );
      expect(outcomes.filter(({ outcome }) => outcome === 'published')).toHaveLength(1);
      expect(outcomes.filter(({ outcome }) => outcome === 'kept')).toHaveLength(11);
      expect(new Set(outcomes.map(({ entry }) => entry.manifest.artifact.sha256)).size).toBe(1);
    });

    it('never hands out bytes that were changed, also after it handed them out sound', async () => {
      await put(fixture.store, { 'a.json': 'sound' });
      expect(await text(fixture.store, 'a.json')).toBe('sound');
      await fixture.damage(key, 'a.json');
      await expect(fixture.store.open(key, 'a.json')).rejects.toMatchObject({
        code: 'hash_mismatch',
        details: { file: expect.stringMatching(/a\.json$/) as string },
      });
      await expect(fixture.other.open(key, 'a.json')).rejects.toMatchObject({
        code: 'hash_mismatch',
      });
    });

    it('counts no damaged entry as a hit, and publishes in its place', async () => {
      await put(fixture.store, { 'a.json': 'sound' });
      await fixture.damage(key, 'a.json');
      expect(await fixture.store.claimHit(key)).toBeUndefined();
      expect((await put(fixture.store, { 'a.json': 'sound' })).outcome).toBe('replaced');
      expect(await text(fixture.other, 'a.json')).toBe('sound');
    });

    it.each(['a.json', 'extra.bin', 'manifest.json'])(
      'counts an entry without its %s as absent',
      async (missing) => {
        await put(fixture.store, { 'a.json': 'one', 'extra.bin': 'two' });
        expect(await fixture.store.claimHit(key)).toBeDefined();
        await fixture.remove(key, missing);
        expect(await fixture.store.find(key)).toBeUndefined();
        expect(await fixture.store.claimHit(key)).toBeUndefined();
        const { outcome } = await put(fixture.store, { 'a.json': 'one' });
        // Files without a manifest may count as no entry.
        expect(outcome).toMatch(
          missing === 'manifest.json' ? /^(replaced|published)$/ : /^replaced$/,
        );
        expect(await fixture.other.claimHit(key)).toBeDefined();
        expect(await text(fixture.other, 'a.json')).toBe('one');
      },
    );

    it('refuses names that the manifest does not list', async () => {
      await put(fixture.store, { 'a.json': 'one' });
      for (const wrong of ['b.json', '../a.json', '', '.', 'a.json/']) {
        await expect(fixture.store.open(key, wrong)).rejects.toMatchObject({ code: 'not_found' });
      }
    });

    it('lists the entries of a source', async () => {
      await put(fixture.store, { 'a.json': 'one' });
      await put(fixture.store, { 'a.json': 'two' }, { ...key, config_hash: 'other' });
      await put(fixture.store, { 'a.json': 'three' }, { ...key, source_hash: 'elsewhere' });
      const most = { configurations: 2, keys: 2 };
      const { keys, isWhole } = await fixture.store.keysOfSource(key.source_hash, most);
      expect(keys.map(({ config_hash }) => config_hash).sort()).toEqual(
        [key.config_hash, 'other'].sort(),
      );
      expect(isWhole).toBe(true);
    });

    it('lists those that were used last, and says where there may be more', async () => {
      const named = (config_hash: string) => ({ ...key, config_hash });
      for (const name of ['first', 'second', 'third'])
        await put(fixture.store, { 'a.json': name }, named(name));
      // A hit is a use.
      await fixture.store.claimHit(named('first'));
      const all = { configurations: 3, keys: 3 };
      const names = async (most: typeof all) => {
        const { keys, isWhole } = await fixture.store.keysOfSource(key.source_hash, most);
        return [keys.map(({ config_hash }) => config_hash), isWhole];
      };
      expect(await names(all)).toEqual([['first', 'third', 'second'], true]);
      expect(await names({ ...all, keys: 1 })).toEqual([['first'], false]);
      expect(await names({ ...all, configurations: 2 })).toEqual([expect.any(Array), false]);
      expect(await fixture.store.keysOfSource('none', all)).toEqual({ keys: [], isWhole: true });
    });
  });
}

/** The first file is the artifact. */
export async function stageEntry(
  workspace: Workspace,
  files: Record<string, string>,
  job = 'job',
  at: EntryKey = key,
): Promise<StagedEntry> {
  const staging = await workspace.stage(job, 1);
  const dir = join(staging.dir, 'entry');
  await mkdir(dir, { recursive: true });
  const [artifact = '', ...others] = Object.keys(files);
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  const facts = (name: string) => ({
    path: name,
    sha256: sha256(files[name] ?? ''),
    size: Buffer.byteLength(files[name] ?? ''),
    content_type: 'text/plain',
  });
  const manifest = manifestOf(at, facts(artifact), others.map(facts));
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
  return { key: at, dir, artifact, manifestName: 'manifest.json', manifest };
}

export const manifestOf = (
  at: EntryKey,
  artifact: FileFacts,
  others: readonly (FileFacts | LinkFacts)[],
): Manifest => ({
  schema_id: 'test.v1',
  ...at,
  runner: { runner_name: 'test' },
  artifact: { ...artifact, etag: artifact.sha256 },
  files: others.map((file) => ({ ...file })),
});

async function text(store: EntryStore, name: string): Promise<string> {
  const file = await store.open(key, name);
  return (await buffer(file.stream())).toString();
}
