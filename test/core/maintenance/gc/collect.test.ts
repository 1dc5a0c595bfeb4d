import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { withPins } from '../../../../src/compose/upkeep/pin-entries.ts';
import { gcReportSchema } from '../../../../src/core/model/report/gc-report.ts';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, collect, day, verdicts } from '../../../helpers/collection.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { inspectTree } from '../../../helpers/tree.ts';
import { fileNames } from '../../../helpers/file-names.ts';

const at = new CollectedRoot();

describe('a collection', () => {
  it('finds nothing to do on an empty root, and makes nothing there', async () => {
    expect((await collect(at.root)).entries).toMatchObject({ seen: 0, removed: 0 });
    expect(existsSync(at.root)).toBe(false);
  });

  it('removes what is old and not needed, and says of each why', async () => {
    const [first, second, third] = [
      await at.done('1', 't'),
      await at.done('2', 't'),
      await at.done('3', 't'),
    ];
    const [loose, pinned] = [await at.done('loose'), await at.done('pinned')];
    age(at.root);
    const young = await at.done('young');
    await withPins({ root: at.root, ...fileNames }, (pinning) =>
      pinning.pin(`${pinned.config_hash}/${pinned.source_hash}`),
    );

    const dry = await collect(at.root, { keepLast: 2, dryRun: true });
    expect(verdicts(dry)).toEqual({
      [first.source_hash]: 'remove: no track needs it, older than 30d',
      [second.source_hash]: 'keep: one of the last 2 of track t',
      [third.source_hash]: 'keep: pointer of track t',
      [loose.source_hash]: 'remove: no track needs it, older than 30d',
      [pinned.source_hash]: 'keep: pinned',
      [young.source_hash]: 'keep: younger than 30d',
    });
    expect((await inspectTree(at.root)).entries).toHaveLength(6);
    expect(existsSync(at.layout.trash)).toBe(false);
    gcReportSchema.parse(dry);

    const report = await collect(at.root, { keepLast: 2 });
    expect(report.entries).toMatchObject({ seen: 6, removed: 2, kept: 4, failed: 0 });
    expect(report.entries.removed_bytes).toBe(dry.entries.removed_bytes);
    expect(Object.keys(verdicts(report)).sort()).toEqual(
      [first.source_hash, loose.source_hash].sort(),
    );
    expect(existsSync(at.place(first))).toBe(false);
    expect(await inspectTree(at.root)).toMatchObject({ wrong: [], leftovers: [] });
    expect((await collect(at.root, { keepLast: 2 })).entries).toMatchObject({
      removed: 0,
      kept: 4,
    });
  });

  it('keeps what a live job may need: its key, and where that leads', async () => {
    const predicted = await at.done('a');
    at.runner.publishUnder = { config_hash: 'elsewhere', source_hash: 'b-entry' };
    const led = await at.done('b');
    expect(led.source_hash).toBe('b-entry');
    age(at.root);
    // Jobs of another submitter, which nobody runs here.
    const other = scriptedBroker(at.root, at.runner, { work: 'none' });
    for (const text of ['a', 'b'])
      await other.submit({ features_text: JSON.stringify(text), force: true, track_id: null });
    await other.close();
    const report = await collect(at.root, { dryRun: true });
    expect(Object.values(verdicts(report)).every((text) => /^keep: job /.test(text))).toBe(true);
    expect(Object.keys(verdicts(report)).sort()).toEqual(['b-entry', predicted.source_hash].sort());
  });

  it('keeps for a while what a track led to a moment ago, for a reader may hold its pointer', async () => {
    const before = await at.done('1', 't');
    age(at.root);
    await at.done('2', 't');
    const verdict = verdicts(await collect(at.root, { dryRun: true }))[before.source_hash];
    expect(verdict).toBe('keep: track t led to it a moment ago');
    const later = await collect(at.root, { now: Date.now() + 2 * 3_600_000 });
    expect(verdicts(later)[before.source_hash]).toMatch(/^remove/);
  });

  it('keeps a result that a hit was answered with, though its entry is old', async () => {
    const first = await at.done('1');
    age(at.root);
    expect(await at.done('1')).toMatchObject({ cached: true });
    expect(verdicts(await collect(at.root, { dryRun: true }))[first.source_hash]).toBe(
      'keep: younger than 30d',
    );
  });

  it('deletes from the trash what has lain there for the grace, and not before', async () => {
    await at.done('1');
    age(at.root);
    const now = Date.now();
    await collect(at.root, { now });
    expect((await collect(at.root, { now: now + day - 1 })).trash).toMatchObject({
      deleted: 0,
      waiting: 1,
    });
    expect((await collect(at.root, { now: now + day })).trash).toMatchObject({ deleted: 1 });
    expect(await readdir(at.layout.trash)).toEqual([]);
  });

  it('leaves an open file to its reader, through the trash and beyond', async () => {
    const { config_hash, source_hash } = await at.done('1');
    const file = await at.broker.open({ config_hash, source_hash });
    age(at.root);
    await collect(at.root);
    await collect(at.root, { now: Date.now() + 2 * day });
    expect((await buffer(file.stream())).toString()).toContain('computed from');
  });

  it('computes again what it has taken away, and serves it as before', async () => {
    const before = await at.done('1', 't');
    age(at.root);
    await rm(at.layout.pointer('t'));
    // Without its pointer the track's history still keeps it.
    expect((await collect(at.root)).entries.removed).toBe(0);
    const loose = await at.done('loose');
    age(at.root);
    await collect(at.root);
    expect(existsSync(at.place(loose))).toBe(false);
    const again = await at.done('loose');
    expect(again).toMatchObject({ cached: false, status: 'done', result: loose.result });
    expect(existsSync(at.place(before))).toBe(true);
    expect((await inspectTree(at.root)).entries).toHaveLength(2);
  });

  it('removes directories that are empty, and a publisher makes them again', async () => {
    at.runner.publishUnder = { config_hash: 'own-config', source_hash: 'one' };
    await at.done('1');
    age(at.root);
    expect((await collect(at.root)).swept.directories).toBe(1);
    expect(await readdir(at.layout.entries)).toEqual([]);
    at.runner.publishUnder = { config_hash: 'own-config', source_hash: 'two' };
    at.runner.behave = async () => {
      await mkdir(join(at.layout.entries, 'own-config'), { recursive: true });
      await collect(at.root);
      expect(await readdir(at.layout.entries)).toEqual([]);
      return undefined;
    };
    await at.done('2');
    expect((await inspectTree(at.root)).entries).toEqual(['own-config/two']);
  });
});

describe('the trash', () => {
  it('gives back what a pointer leads to by now, before it is deleted', async () => {
    const job = await at.done('1');
    age(at.root);
    await collect(at.root);
    const { config_hash, source_hash, result } = job;
    await mkdir(at.layout.index, { recursive: true });
    const pointer = { config_hash, source_hash, etag: result?.etag, track_id: 'x' };
    await writeFile(
      at.layout.pointer('x'),
      JSON.stringify({ ...pointer, artifact: 'historical_echo.json', manifest: 'manifest.json' }),
    );
    expect(
      (await collect(at.root, { now: Date.now() + 3 * day, dryRun: true })).trash.put_back,
    ).toBe(1);
    expect((await collect(at.root, { now: Date.now() + 3 * day })).trash).toMatchObject({
      put_back: 1,
      deleted: 0,
    });
    expect(await inspectTree(at.root)).toMatchObject({ wrong: [] });
    expect((await at.broker.pointer('x')).source_hash).toBe(source_hash);
  });

  it('leaves a new entry in its place, and deletes the old one', async () => {
    const job = await at.done('1');
    age(at.root);
    await collect(at.root);
    await at.done('1', 'x');
    const report = await collect(at.root, { now: Date.now() + 3 * day });
    expect(report.trash).toMatchObject({ put_back: 0, deleted: 1 });
    expect(existsSync(at.place(job))).toBe(true);
    expect((await inspectTree(at.root)).wrong).toEqual([]);
  });

  it('counts the grace from now on where the clock was set back behind its stamp', async () => {
    await at.done('1');
    age(at.root);
    const now = Date.now();
    await collect(at.root, { now: now + 400 * day });
    expect((await collect(at.root, { now })).trash).toMatchObject({ waiting: 1 });
    expect((await collect(at.root, { now: now + day })).trash).toMatchObject({ deleted: 1 });
  });

  it('finishes what a killed collection had begun to delete', async () => {
    await mkdir(join(at.layout.trash, 'deleting-x', 'c', 's'), { recursive: true });
    await writeFile(join(at.layout.trash, 'deleting-x', 'c', 's', 'file'), 'x');
    await collect(at.root);
    expect(await readdir(at.layout.trash)).toEqual([]);
  });

  it('follows no link out of it', async () => {
    const outside = join(at.dir, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'precious'), 'x');
    await mkdir(join(at.layout.trash, 'deleting-x'), { recursive: true });
    await symlink(outside, join(at.layout.trash, 'deleting-x', 'link'));
    await collect(at.root);
    expect(await readdir(at.layout.trash)).toEqual([]);
    expect(await readdir(outside)).toEqual(['precious']);
  });
});

it('knows what was read, by whichever process', async () => {
  const [read, unread] = [await at.done('1'), await at.done('2')];
  age(at.root);
  const reader = scriptedBroker(at.root, at.runner, { work: 'none' });
  const { config_hash, source_hash } = read;
  await (await reader.open({ config_hash, source_hash })).close();
  await reader.close();
  expect(verdicts(await collect(at.root, { dryRun: true }))).toEqual({
    [source_hash]: 'keep: in use a moment ago',
    [unread.source_hash]: 'remove: no track needs it, older than 30d',
  });
});

it('reads on where the ledger cannot be read, and says so', async () => {
  await at.done('1');
  age(at.root);
  await writeFile(
    at.layout.ledger,
    'no database, but as long as the header of one would be'.repeat(9),
  );
  const report = await collect(at.root);
  expect(report.entries.removed).toBe(1);
  expect(report.notes).toEqual([expect.stringContaining('ledger')]);
});
