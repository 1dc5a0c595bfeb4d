import { beforeEach, describe, expect, it } from 'vitest';
import { maintainRoot } from '../../../src/compose/stores/maintain-root.ts';
import { bucketRoot } from '../../../src/compose/stores/s3/maintain-bucket.ts';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import type { MaintainedRoot } from '../../../src/core/ports/maintenance/maintained-root.ts';
import { Bucket } from '../../../src/stores/s3/connection/bucket.ts';
import { bytesBody } from '../../../src/stores/s3/connection/request-body.ts';
import { S3Checker } from '../../../src/stores/s3/maintenance/s3-checker.ts';
import { asidePath, fileKey } from '../../../src/stores/s3/object-keys.ts';
import { stageEntry } from '../../contract/entry-store.ts';
import { all } from '../../contract/maintained.ts';
import { fileNames } from '../../helpers/file-names.ts';
import { keyOf } from '../../helpers/jobs.ts';
import { connectionTo, damage, hasS3 } from '../../helpers/s3.ts';
import { faultyStore, textOf, type FaultyStore } from '../../helpers/s3-faulty.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const key = keyOf('a');
const files = { 'a.json': 'first', 'b.bin': 'second' };

describe.skipIf(!hasS3)('what a killed publication left in a bucket', () => {
  let fixture: FaultyStore;
  beforeEach(async () => {
    fixture = await faultyStore();
  });

  const leave = (name: string, bytes: string): Promise<void> =>
    fixture.bucket.put(fileKey(key, name), { body: bytesBody(Buffer.from(bytes)) });

  async function publish(): Promise<unknown> {
    const store = await fixture.openSound();
    const staged = await stageEntry(fixture.workspace, files, 'job', key);
    return store.publish(staged);
  }

  async function expectRight(): Promise<void> {
    const reader = await fixture.openSound();
    for (const [name, bytes] of Object.entries(files))
      expect(await textOf(reader, key, name)).toBe(bytes);
    expect(await reader.claimHit(key)).toBeDefined();
    for (const quick of [true, false]) {
      const bucket = new Bucket(connectionTo(fixture.choice.url));
      const checker = new S3Checker({ bucket, ...fileNames, quick });
      expect(await checker.check([key])).toMatchObject({ files: 3, troubled: [] });
      await checker.close();
    }
  }

  async function maintained(url = fixture.choice.url): Promise<MaintainedRoot> {
    const place = { root: await tempDir(), store: fixture.choice, ...fileNames };
    const bucket = new Bucket(connectionTo(url));
    return bucketRoot(bucket, place, maintainRoot(place));
  }

  /** Takes the entry to the trash. */
  async function take(root: MaintainedRoot): Promise<void> {
    const [modified = 0] = await root.inventory.modified([key]);
    const trash = root.trash({ now: Date.now(), tell: () => undefined });
    expect(await trash.take({ key, modified })).toBe('taken');
  }

  it('is no entry, and is listed as none', async () => {
    await leave('a.json', 'first');
    expect(await (await fixture.openSound()).find(key)).toBeUndefined();
    const root = await maintained();
    expect(await all(root.inventory.places())).toEqual([]);
    await root.close();
  });

  it('serves the next one where the bytes are the same', async () => {
    await leave('a.json', 'first');
    expect(await publish()).toMatchObject({ outcome: 'published' });
    expect(await fixture.keys()).toEqual(
      ['a.json', 'b.bin', 'manifest.json'].map((name) => fileKey(key, name)),
    );
    await expectRight();
  });

  it.each(['a.json', 'b.bin'])(
    'stays where the bytes of %s are others: the new ones lie under their digest',
    async (name) => {
      await leave(name, 'what another run computed');
      expect(await publish()).toMatchObject({ outcome: 'published' });
      const text = name === 'a.json' ? files['a.json'] : files['b.bin'];
      const object = asidePath(sha256(text));
      expect(await fixture.keys()).toContain(fileKey(key, object));
      const manifest = await fixture.bucket.get(fileKey(key, 'manifest.json'));
      expect(manifest?.toString()).toContain(JSON.stringify({ object }).slice(1, -1));
      await expectRight();
    },
  );

  it('stays in the way of nothing that goes to the trash and comes back', async () => {
    await leave('a.json', 'what another run computed');
    await publish();
    const root = await maintained();
    await take(root);
    expect(await (await fixture.openSound()).find(key)).toBeUndefined();
    expect(await root.restorer.restore(key)).toBe('restored');
    await expectRight();
    await take(root);
    expect(await publish()).toMatchObject({ outcome: 'published' });
    await expectRight();
    await root.close();
  });

  it('is published over when the artifact is gone and only its bytes under a digest are left', async () => {
    await leave('a.json', 'what another run computed');
    await publish();
    await fixture.bucket.remove(fileKey(key, asidePath(sha256(files['a.json']))));
    const reader = await fixture.openSound();
    expect(await reader.claimHit(key)).toBeUndefined();
    expect(await publish()).toMatchObject({ outcome: 'replaced' });
    await expectRight();
  });

  it('does not take damaged bytes under a digest for those that it sends', async () => {
    await leave('a.json', 'what another run computed');
    await leave(asidePath(sha256(files['a.json'])), 'damaged');
    expect(await publish()).toMatchObject({ outcome: 'published' });
    await expectRight();
  });

  it.each([
    ['listed', 'GET', /list-type/],
    ['copied', 'PUT', /quarantine.*a\.json$/],
  ])(
    'stays in its place if another publisher has replaced what was corrupt before it is %s',
    async (_when, method, path) => {
      await publish();
      await damage(fixture.bucket, fileKey(key, 'a.json'));
      const slow = await fixture.open();
      let other: Promise<unknown> | undefined;
      fixture.server.faults = async (request) => {
        if (request.method === method && path.test(request.path)) await (other ??= publish());
        return undefined;
      };
      const others = { 'a.json': 'other bytes', 'b.bin': 'second' };
      const staged = await stageEntry(fixture.workspace, others, 'slow', key);
      expect(await slow.publish(staged)).toMatchObject({ outcome: 'kept' });
      expect(await other).toMatchObject({ outcome: 'replaced' });
      await expectRight();
    },
  );

  it('does not take from a publication the files that a garbage collection is about to remove', async () => {
    await publish();
    const root = await maintained(`${fixture.choice.url}?endpoint=${fixture.server.url}`);
    let other: Promise<unknown> | undefined;
    fixture.server.faults = async ({ method, path }) => {
      if (method === 'DELETE' && /echo.*(a\.json|b\.bin)$/.test(path)) await (other ??= publish());
      return undefined;
    };
    await take(root);
    expect(await other).toMatchObject({ outcome: 'published' });
    await expectRight();
    await root.close();
  });
});
