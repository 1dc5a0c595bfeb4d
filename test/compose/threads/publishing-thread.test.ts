import { statSync } from 'node:fs';
import { chmod, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inThread } from '../../../src/compose/threads/publishing-thread.ts';
import { FsEntryStore } from '../../../src/stores/local/entries/fs-entry-store.ts';
import { FsWorkspace } from '../../../src/stores/local/staging/fs-workspace.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import type { Staging } from '../../../src/core/ports/workspace.ts';
import type { FinishedRun } from '../../../src/core/engine/attempt/outcome/gather.ts';
import { publisherOn, type Publisher } from '../../../src/core/engine/attempt/outcome/publisher.ts';
import { CabError, errnoOf, isCabError } from '../../../src/core/model/errors.ts';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { specOf } from '../../helpers/jobs.ts';
import { asOrdinaryUser } from '../../helpers/ordinary-user.ts';
import { onDisk } from '../../helpers/on-disk.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { fileNames } from '../../helpers/file-names.ts';
import { until } from '../../helpers/until.ts';

let root: string;
let entries: FsEntryStore;
let workspace: FsWorkspace;
let publisher: Publisher;
let askedHere: number;
let jobs = 0;
const { signal } = new AbortController();

beforeEach(async () => {
  root = await tempDir();
  entries = new FsEntryStore(layoutOf(root), fileNames);
  workspace = new FsWorkspace(layoutOf(root), () => undefined);
  askedHere = 0;
  const here = publisherOn(entries, workspace);
  const counting: Publisher = {
    gather: (from, end) => ((askedHere += 1), here.gather(from, end)),
    publish: (staged, end) => ((askedHere += 1), here.publish(staged, end)),
    publishLight: (entry) => ((askedHere += 1), here.publishLight(entry)),
    flushLight: (keys) => here.flushLight(keys),
    flushAll: () => here.flushAll(),
    close: () => here.close(),
  };
  publisher = inThread({ root, ...fileNames, startAt: 2 })(counting);
});
afterEach(async () => {
  await publisher.close();
  await workspace.close();
});

const keyOf = (n: number) => ({ config_hash: 'c'.repeat(64), source_hash: sha256(`source ${n}`) });

async function ran(n: number, artifact: string): Promise<{ from: FinishedRun; staging: Staging }> {
  const job_id = `job${(jobs += 1)}`;
  const staging = await workspace.stage(job_id, 1);
  await writeFile(join(staging.dir, 'a.json'), `{"n":${n}}`);
  const from = {
    job_id,
    spec: specOf('a', { key: keyOf(n), artifact_name: 'a.json' }),
    identity: { name: 'r', version: '1', artifactSchema: null, manifestSchema: null },
    outRoot: staging.dir,
    result: { artifact: join(staging.dir, artifact), manifest: null },
    started_at: '2026-01-07T19:27:00.000Z',
    ended_at: '2026-01-07T19:27:01.000Z',
    version: '0',
  };
  return { from, staging };
}

async function published(n: number): Promise<string> {
  const { from, staging } = await ran(n, 'a.json');
  const { outcome } = await publisher.publish(onDisk(await publisher.gather(from, signal)), signal);
  await staging.discard();
  return outcome;
}

const codeOf = (error: unknown): string => (isCabError(error) ? error.code : String(error));

const many = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('publication', () => {
  it('stays where it is while there is little of it', async () => {
    for (const n of many(3)) expect(await published(n)).toBe('published');
    expect(askedHere).toBe(6);
  });

  it('goes to a thread when there is much: each entry once, whole, as it would be here', async () => {
    const outcomes = await Promise.all([...many(50), ...many(50)].map(published));
    expect(outcomes.filter((outcome) => outcome === 'published')).toHaveLength(50);
    expect(outcomes.filter((outcome) => outcome === 'kept')).toHaveLength(50);
    expect(askedHere).toBeLessThan(4);
    for (const n of many(50)) {
      const found = await entries.find(keyOf(n));
      expect(found).toMatchObject({ artifact: 'a.json', manifest: { db_hash: null } });
      const file = join(layoutOf(root).entry(keyOf(n)), 'a.json');
      expect(await readFile(file, 'utf8')).toBe(`{"n":${n}}`);
    }
    expect(await readdir(layoutOf(root).quarantine).catch(errnoOf)).toBe('ENOENT');
  });

  it('tells from the thread what it would tell here, with its code, its details and its cause', async () => {
    await Promise.all(many(4).map(published));
    const before = askedHere;
    const { from } = await ran(9, 'missing.json');
    const there: unknown = await publisher.gather(from, signal).catch((error: unknown) => error);
    const here: unknown = await publisherOn(entries, workspace)
      .gather(from, signal)
      .catch((error: unknown) => error);
    if (!isCabError(here)) throw new Error('nothing was refused');
    expect(askedHere).toBe(before);
    expect(there).toMatchObject({ code: 'runner_result_invalid', cause: { code: 'ENOENT' } });
    const { message, code, hint, details } = here;
    expect(there).toMatchObject({ message, code, hint, details });
  });

  it('takes of a runner what it was asked for, and nothing that cannot go to a thread', async () => {
    await Promise.all(many(4).map(published));
    const before = askedHere;
    const more = { close: () => undefined };
    const { from } = await ran(9, 'a.json');
    const result = { ...from.result, ...more };
    const identity = { ...from.identity, ...more };
    expect(await publisher.gather({ ...from, result, identity }, signal)).toMatchObject({
      key: keyOf(9),
    });
    expect(askedHere).toBe(before);
  });

  it('fails alone what cannot go to a thread, and not what goes with it', async () => {
    await Promise.all(many(4).map(published));
    const { from } = await ran(9, 'a.json');
    const spec = Object.assign({}, from.spec, { probe: { top_k: () => 1 } });
    const refused = publisher.gather({ ...from, spec }, signal);
    const others = Promise.all(many(4).map((n) => published(20 + n)));
    await expect(refused).rejects.toMatchObject({ name: 'DataCloneError' });
    expect(await others).toEqual(['published', 'published', 'published', 'published']);
  });

  it('tells a root that may not be written', async () => {
    await Promise.all(many(4).map(published));
    await asOrdinaryUser(root, async () => {
      const { from } = await ran(9, 'a.json');
      const staged = onDisk(await publisher.gather(from, signal));
      const home = join(layoutOf(root).entries, 'c'.repeat(64));
      await chmod(home, 0o555);
      await expect(publisher.publish(staged, signal)).rejects.toMatchObject({
        code: 'root_unwritable',
      });
      await chmod(home, 0o755);
    });
  });

  it('fails what a thread had in hand that was lost, and leaves whole entries or none', async () => {
    await Promise.all(many(4).map(published));
    const all = await Promise.all(many(40).map((n) => ran(100 + n, 'a.json')));
    const half = all.slice(0, 20).map(({ from }) => publisher.gather(from, signal));
    const staged = await Promise.all(half);
    const underWay = [
      ...staged.map((entry) => publisher.publish(onDisk(entry), signal)),
      ...all.slice(20).map(({ from }) => publisher.gather(from, signal)),
    ];
    const closing = publisher.close();
    const outcomes = await Promise.allSettled(underWay);
    await closing;
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed)
      expect(reason).toMatchObject({ code: 'io_error', retry: 'outside' });
    for (const n of many(40)) {
      const entry = await entries.open(keyOf(100 + n), 'a.json').catch(codeOf);
      if (typeof entry === 'string') expect(entry).toBe('not_found');
      else expect(await text(entry.stream())).toBe(`{"n":${100 + n}}`);
    }
  });

  it('ends by the signal of its job while the thread copies a large file', async () => {
    await Promise.all(many(4).map(published));
    const before = askedHere;
    const { from } = await ran(9, 'a.json');
    await truncate(from.result.artifact, 2 ** 32);
    const controller = new AbortController();
    const copying = publisher.gather(from, controller.signal);
    const copy = join(`${from.outRoot}.entry`, 'a.json');
    await until(() => statSync(copy, { throwIfNoEntry: false }) !== undefined);
    controller.abort(new CabError('canceled', 'no longer wanted'));
    await expect(copying).rejects.toMatchObject({ code: 'canceled' });
    expect(statSync(copy).size).toBeLessThan(2 ** 31);
    expect(askedHere).toBe(before);
  });

  it('goes on here once it was closed', async () => {
    await Promise.all(many(4).map(published));
    await publisher.close();
    const before = askedHere;
    expect(await Promise.all([7, 8, 9].map(published))).toEqual(Array(3).fill('published'));
    expect(askedHere).toBe(before + 6);
  });
});
