import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const examples = join(import.meta.dirname, '../../examples');

it('a mended job store knows the tracks that there were, and none that there was not', async () => {
  const root = await tempDir();
  const options = { input: await readFile(join(examples, 'ballad.features.json'), 'utf8') };
  const run = (...args: string[]) => cab([...args, '--cas-root', root], options);
  const submit = (...args: string[]) =>
    run('submit', ...args, '--wait', '--db', join(examples, 'spine.db'));
  expect(await submit('-')).toMatchObject({ code: 0 });
  expect(await submit('-', '--track', 'named', '--probe', 'top_k=3')).toMatchObject({ code: 0 });
  await writeFile(join(root, '.cab/jobs.db'), 'not a database');
  expect(await run('doctor', '--fix')).toMatchObject({ code: 0 });
  expect(await run('verify')).toMatchObject({ code: 0 });
  const { stdout } = await run('tracks', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ tracks: [{ track_id: 'named' }] });
  const history = await run('history', 'named', '--json');
  expect(history.stdout).toMatch(/"job_id":"[^"]+"/);
});
