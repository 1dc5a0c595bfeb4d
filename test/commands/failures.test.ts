import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CabError } from '../../src/core/model/errors.ts';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

let cwd: string;
let runner: ScriptedRunner;

beforeEach(async () => {
  cwd = await tempDir();
  runner = new ScriptedRunner();
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await writeFile(join(cwd, 'bad.json'), '{"refuse":1}');
});

const cab = (line: string): Promise<Ran> => runCommand(line.split(' '), { cwd, runner });

describe('cab submit', () => {
  it.each([
    ['failing.json bad.json', 1],
    ['bad.json failing.json', 2],
    ['a.json nope.json failing.json', 2],
    ['a.json failing.json corrupt.json nope.json', 1],
    ['corrupt.json failing.json', 6],
  ])('exits for %s as the first of them that fails, and runs the others', async (files, code) => {
    for (const name of ['failing', 'corrupt'])
      await writeFile(join(cwd, `${name}.json`), `"${name}"`);
    runner.behave = ({ track_id }) => {
      if (track_id === 'failing') return Promise.reject(new Error('no luck'));
      if (track_id !== 'corrupt') return undefined;
      return Promise.reject(new CabError('hash_mismatch', 'the bytes are others'));
    };
    const accepted = files.split(' ').filter((name) => !['bad.json', 'nope.json'].includes(name));
    for (const wait of ['', ' --wait']) {
      const ran = await cab(`submit ${files} --force${wait}`);
      expect([ran.code, ran.stdout.trim().split('\n').length]).toEqual([code, accepted.length]);
    }
  });

  it.each([
    ['a.json', 1],
    ['a.json nope.json', 1],
    ['nope.json a.json', 2],
  ])('exits for %s as for any failure where a job was canceled', async (files, code) => {
    runner.behave = runner.untilAborted;
    const running = cab(`submit ${files} --wait --kill-grace 10ms`);
    const id = await until(async () => {
      const [{ jobs } = { jobs: [] }] = (await cab('status --json')).json as {
        jobs: { job_id: string; status: string }[];
      }[];
      return jobs.find(({ status }) => status === 'running')?.job_id;
    });
    expect((await cab(`cancel ${id}`)).code).toBe(0);
    const ended = await running;
    expect([ended.code, ended.stdout]).toEqual([code, `${id}  canceled  -\n`]);
    expect(ended.stderr).toContain(`error: a.json: job ${id} was canceled\n`);
    expect(ended.stderr).toContain(`hint: Submit it again: cab retry ${id}`);
    const again = await cab(`retry ${id} nope --enqueue`);
    expect([again.code, again.stdout.trim()]).toEqual([
      3,
      expect.stringMatching(/^[0-9a-f-]{36}$/),
    ]);
  });
});
