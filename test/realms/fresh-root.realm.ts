/** Run by realms.test.ts in a realm of its own, where what Node throws is no `instanceof Error`. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineRunner, openBroker } from '../../src/index.ts';

it('works on a fresh root', async () => {
  const foreign = await writeFile('/nowhere/at/all', '').catch((error: unknown) => error);
  expect(foreign instanceof Error).toBe(false);

  const dir = await mkdtemp(join(tmpdir(), 'cab-realm-'));
  const runner = defineRunner({
    name: 'realm',
    version: '1',
    run: async ({ artifact_path, run_id }) => {
      if (run_id === 'fails') await writeFile('/nowhere/at/all', '');
      await writeFile(artifact_path, '1');
    },
  });
  const broker = await openBroker({ root: join(dir, 'root'), runner });
  const job = await broker.submit({ features_text: '{"n":1}', track_id: 'one' });
  expect(await broker.wait(job.job_id)).toMatchObject({ status: 'done' });
  const again = await broker.submit({ features_text: '{"n":1}', track_id: 'one' });
  expect(again).toMatchObject({ status: 'done', cached: true });
  const failed = await broker.submit({ features_text: '{"n":2}', run_id: 'fails' });
  expect(await broker.wait(failed.job_id)).toMatchObject({
    status: 'error',
    problem: { code: 'runner_failed', details: { exception: 'Error' } },
  });
  await expect(broker.submit({ features_path: join(dir, 'nothing') })).rejects.toMatchObject({
    code: 'features_path_missing',
  });
  await expect(broker.pointer('none')).rejects.toMatchObject({ code: 'not_found' });
  await expect(broker.wait('none', { timeoutMs: 1 })).rejects.toMatchObject({ code: 'not_found' });
  await expect(broker.submit({})).rejects.toMatchObject({ code: 'features_path_missing' });
  expect((await broker.history('one')).length).toBe(2);
  const result = await broker.run({ input: 'text', track_id: 'two' });
  expect(await result.text()).toBe('1');
  const tracks = [];
  for await (const { track_id } of broker.tracks()) tracks.push(track_id);
  expect(tracks).toEqual(['one', 'two']);
  expect(await broker.verify()).toMatchObject({ sound: true });
  expect(await broker.pin('two')).toMatchObject({ changed: true });
  expect(await broker.gc({ keepMs: 0 })).toMatchObject({ entries: { failed: 0 } });
  await broker.close();
});
