/** A tree that the reference broker wrote: read, checked, collected, served. Nothing sound may vanish. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/http/server/server.ts';
import { collect, day } from '../helpers/collection.ts';
import type { FixtureTrack } from '../helpers/fixture-tree.ts';
import { verifyTree } from '../helpers/verifying.ts';
import { ReferenceTree } from './scene.ts';
import { listening } from '../helpers/listening.ts';

let at: ReferenceTree;

beforeEach(async () => {
  at = await ReferenceTree.make();
});

describe('a tree of the reference broker', () => {
  it('is read by all six of its tracks', async () => {
    expect(at.tracks).toHaveLength(6);
    const { tracks: listed, unreadable } = await at.opened().tracks();
    expect(listed.map(({ track_id }) => track_id).sort()).toEqual(
      at.tracks.map(({ track_id }) => track_id).sort(),
    );
    expect(unreadable).toEqual([]);
    await at.expectAllTracks();
  });

  it('gives pointers with the etags of their entries, also where the pointer is older', async () => {
    const broker = at.opened();
    for (const { track_id, artifact, manifest, sha256 } of at.tracks)
      expect(await broker.pointer(track_id)).toMatchObject({ artifact, manifest, etag: sha256 });
    expect(await broker.history('song one')).toMatchObject([{ track_id: 'song one', job_id: '' }]);
  });

  it('is sound; pointers that are older than their entries are notes', async () => {
    const stale = at.tracks.filter(({ etag, sha256 }) => etag !== sha256);
    expect(stale.length).toBeGreaterThan(0);
    const report = await verifyTree(at.root);
    expect(report).toMatchObject({ sound: true, findings: [], pointers: 6 });
    for (const { file } of stale)
      expect(report.notes).toContainEqual(expect.stringContaining(`echo/index/${file}: its etag`));
  });

  it('keeps all that a track means when it is collected, and again forty days later', async () => {
    at.age(40 * day);
    const orphan = (await readdir(join(at.root, 'echo'))).length;
    await collect(at.root, { graceMs: 0 });
    await collect(at.root, { graceMs: 0, now: Date.now() + 40 * day });
    await at.expectAllTracks();
    // What no pointer leads to is what gc is for.
    expect((await readdir(join(at.root, 'echo'))).length).toBeLessThanOrEqual(orphan);
  });

  it('loses nothing to a repair, which writes outdated pointers as their entries have them', async () => {
    expect(await at.mended()).toMatchObject({ sound: true });
    expect(at.quarantined).toEqual([]);
    await at.expectAllTracks();
    expect((await verifyTree(at.root)).notes.filter((note) => note.includes('etag'))).toEqual([]);
    for (const { track_id, sha256 } of at.tracks) {
      const text = await readFile(join(at.root, 'echo/index', `${track_id}.json`), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ track_id, etag: sha256 });
    }
  });

  it('serves its pointers, and what their paths name', async () => {
    const broker = at.opened();
    const server = await startServer({ broker, ...listening(), version: 'test' });
    onTestFinished(() => server.close(1000));
    for (const { track_id, artifact, manifest, sha256 } of at.tracks) {
      const path = `/echo/index/${encodeURIComponent(track_id)}.json`;
      const pointer = (await (await fetch(server.address + path)).json()) as FixtureTrack;
      expect(pointer).toMatchObject({ track_id, artifact, manifest, etag: sha256 });
      const answer = await fetch(server.address + pointer.artifact);
      expect(answer.headers.get('etag')).toBe(`"${sha256}"`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect((await fetch(server.address + pointer.manifest)).status).toBe(200);
    }
  });

  it('is left as it is by all that only reads', async () => {
    const before = await everyFile();
    const broker = at.opened();
    await broker.tracks();
    await at.expectAllTracks();
    await verifyTree(at.root);
    await collect(at.root, { dryRun: true });
    expect(await everyFile()).toEqual(before);
  });
});

async function everyFile(): Promise<string[]> {
  const found: string[] = [];
  for (const item of await readdir(at.root, { recursive: true, withFileTypes: true }))
    if (item.isFile()) {
      const path = join(item.parentPath, item.name);
      found.push(
        `${path} ${createHash('sha256')
          .update(await readFile(path))
          .digest('hex')}`,
      );
    }
  return found.sort();
}
