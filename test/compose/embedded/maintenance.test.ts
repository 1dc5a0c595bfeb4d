import { defaultPolicy } from '../../../src/core/maintenance/gc/policy.ts';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defineRunner, openBroker, type EmbeddedBroker } from '../../../src/index.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const runner = defineRunner({
  name: 'text',
  version: '1',
  run: async ({ artifact_path, run_id }) => writeFile(artifact_path, run_id),
});

describe.each(['directory', 'memory'] as const)('a broker with its store in a %s', (store) => {
  let broker: EmbeddedBroker;
  let root: string;
  beforeEach(async () => {
    root = await tempDir();
    broker = await openBroker({ store, root, runner });
    onTestFinished(() => broker.close());
  });

  const results = async (...inputs: number[]) => {
    const keys = [];
    for (const n of inputs)
      keys.push((await broker.run({ input: { n }, track_id: `t${n}`, run_id: `run-${n}` })).key);
    return keys;
  };

  it('lists jobs, tracks and a history one after the other, and all at once', async () => {
    await results(1, 2, 3);
    const names = [];
    for await (const { track_id } of broker.tracks()) names.push(track_id);
    expect(names).toEqual(['t1', 't2', 't3']);
    expect((await broker.tracks()).tracks.length).toBe(3);
    const runs = [];
    for await (const { run_id } of broker.jobs({ limit: 1 })) runs.push(run_id);
    expect(runs).toEqual(['run-3', 'run-2', 'run-1']);
    expect((await broker.jobs({ limit: 1 })).jobs.length).toBe(1);
    const history = [];
    for await (const { track_id } of broker.history('t2')) history.push(track_id);
    expect(history).toEqual(['t2']);
  });

  it('is verified, and gives its findings', async () => {
    await results(1);
    expect(await broker.verify()).toMatchObject({ sound: true, entries: { checked: 1 } });
    for await (const finding of broker.verify({ quick: true })) expect(finding).toBe(undefined);
  });

  it('collects what nothing needs, and gives an entry of the trash back', async () => {
    const [kept, gone] = await results(1, 2);
    if (kept === undefined || gone === undefined) throw new Error('nothing was computed');
    expect((await broker.removeTracks('t2')).map(({ track_id }) => track_id)).toEqual(['t2']);
    const actions = [];
    for await (const { action, source_hash } of broker.gc({ dryRun: true, keepMs: 0 }))
      actions.push([action, source_hash]);
    expect(actions).toContainEqual(['keep', kept.source_hash]);
    expect(await broker.gc({ keepMs: 0 })).toMatchObject({ entries: { seen: 2, removed: 0 } });
    expect(await broker.restore(gone)).toEqual({ key: gone, restored: false });
  });

  it('takes every rule of a garbage collection', async () => {
    await results(1, 2);
    // How long an entry is in use after it was read is no choice of a program.
    const rules = Object.fromEntries(
      Object.entries(defaultPolicy).filter(([name]) => name !== 'settleMs'),
    );
    const { tracks, policy } = await broker.gc({ ...rules, trackMs: 0, dryRun: true });
    expect([tracks, policy.track_days]).toEqual([['t1', 't2'], 0]);
    expect(await broker.gc({ dryRun: true })).toMatchObject({ tracks: [] });
  });

  it('pins entries by key and by track', async () => {
    const [first, second] = await results(1, 2);
    if (first === undefined) throw new Error('nothing was computed');
    expect(await broker.pin(first)).toEqual({ key: first, changed: true });
    expect(await broker.pin('t2')).toMatchObject({ key: second, changed: true });
    const pins = [];
    for await (const { source_hash } of broker.pins()) pins.push(source_hash);
    expect(pins.length).toBe(2);
    expect(await broker.unpin('t2')).toMatchObject({ changed: true });
    expect(await broker.pins()).toEqual([first]);
    await expect(broker.pin('none')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses an argument of a wrong type by name', async () => {
    const wrong = { sample: 'many' };
    await expect(broker.verify(wrong)).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('options.sample'),
    });
    await expect(broker.gc({ keepLast: 0 })).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(broker.pin({} as never)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('ends a long call by its signal', async () => {
    await results(1);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(broker.gc({ signal })).rejects.toThrow('enough');
    await expect(broker.verify({ signal })).rejects.toThrow('enough');
  });
});

it('tells what is lost, and repairs it', async () => {
  const root = await tempDir();
  const broker = await openBroker({ root, runner });
  onTestFinished(() => broker.close());
  const { key } = await broker.run({ input: { n: 1 }, track_id: 'lost' });
  const { path } = await broker.open(key);
  await rm(path ?? '');
  const found = [];
  for await (const { class: kind, tracks } of broker.verify()) found.push([kind, tracks]);
  expect(found).toContainEqual(['missing', ['lost']]);
  const report = await broker.verify({ repair: true });
  expect(report.findings.some(({ repaired }) => repaired !== null)).toBe(true);
});

it('says in a for await which pointer cannot be read, after the others', async () => {
  const root = await tempDir();
  const broker = await openBroker({ root, runner });
  onTestFinished(() => broker.close());
  for (const track_id of ['good', 'bad']) await broker.run({ input: track_id, track_id });
  await writeFile(join(root, 'echo/index/bad.json'), 'no pointer');
  const seen: string[] = [];
  const reading = async (): Promise<void> => {
    for await (const { track_id } of broker.tracks()) seen.push(track_id);
  };
  await expect(reading()).rejects.toMatchObject({ code: 'pointer_invalid' });
  expect(seen).toEqual(['good']);
});
