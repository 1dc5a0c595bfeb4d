/** What a hash stands for that the caller gave: keys say nothing of it, so that what is known must agree. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalBroker } from '../../../src/core/engine/local-broker.ts';
import type { SubmitRequest } from '../../../src/core/model/request/submit-request.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let root: string;
let runner: ScriptedRunner;
let broker: LocalBroker;
beforeEach(async () => {
  root = await tempDir();
  runner = new ScriptedRunner();
  broker = scriptedBroker(root, runner);
});
afterEach(() => broker.close());

const first = { features_text: '1', config_hash: 'mine', db_hash: 'one', probe: { k: 1 } };
const others: [string, Partial<SubmitRequest>, string][] = [
  ['database', { db_hash: 'two' }, 'db_hash'],
  ['probe', { probe: { k: 2 } }, 'config.probe.k'],
  ['arguments', { runner_kwargs: { x: 1 } }, 'config.runner_kwargs.x'],
];

async function done(request: SubmitRequest) {
  const { job_id } = await broker.submit(request);
  return broker.wait(job_id);
}

it.each(others)('is not that of another %s', async (_, other, field) => {
  expect(await done(first)).toMatchObject({ status: 'done', cached: false });
  expect(await done(first)).toMatchObject({ status: 'done', cached: true });
  const conflict = { code: 'config_hash_conflict', details: { field, config_hash: 'mine' } };
  await expect(broker.submit({ ...first, ...other })).rejects.toMatchObject(conflict);
  const ended = await broker.submit({ ...first, ...other }, { refusal: 'job' });
  expect(ended).toMatchObject({ status: 'error', attempts: 0, problem: conflict });
  expect(await done(first)).toMatchObject({ status: 'done', cached: true });
  expect(runner.calls).toBe(1);
});

it('is not that of another job which waited while the entry was made', async () => {
  const gate = runner.hold();
  const one = await broker.submit(first);
  const two = await broker.submit({ ...first, db_hash: 'two' });
  gate.open();
  expect(await broker.wait(one.job_id)).toMatchObject({ status: 'done' });
  expect(await broker.wait(two.job_id)).toMatchObject({
    status: 'error',
    problem: { code: 'config_hash_conflict', details: { wanted: 'two', found: 'one' } },
  });
});

it('stands for whatever is asked, where the entry tells nothing of itself', async () => {
  const { source_hash } = await done(first);
  const entry = join(root, 'echo/other', source_hash);
  await mkdir(entry, { recursive: true });
  const from = join(root, 'echo/mine', source_hash);
  await writeFile(
    join(entry, 'historical_echo.json'),
    await readFile(join(from, 'historical_echo.json')),
  );
  const { artifact } = JSON.parse(await readFile(join(from, 'manifest.json'), 'utf8')) as {
    artifact: object;
  };
  await writeFile(join(entry, 'manifest.json'), JSON.stringify({ artifact, db_hash: null }));
  expect(await done({ ...first, config_hash: 'other' })).toMatchObject({ cached: true });
});
