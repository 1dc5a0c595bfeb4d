import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const jobs = {
  upper: {
    command: ['sh', '-c', 'mkdir -p out; (cat {input}; echo $LEVEL) | tr a-z A-Z > out/{stem}.up'],
    inputs: ['{input}'],
    outputs: ['out/{stem}.up'],
    env: ['LEVEL'],
  },
  count: { runner: 'exec:wc -l {input}', retries: 1 },
};

async function project() {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'cab.config.json'), JSON.stringify({ jobs }));
  await writeFile(join(cwd, 'a.txt'), 'one\n');
  return { cwd, root: join(cwd, 'data/echo_cas') };
}

interface Answer {
  readonly status: string;
  readonly error: unknown;
  readonly detail?: string;
  readonly kind?: string;
}

it('a daemon runs every kind of its configuration, with the variables of the client', async () => {
  const { cwd, root } = await project();
  const { url } = await daemonProcess({ root, cwd, env: { LEVEL: 'daemon' } });
  const submit = (words: readonly string[], env = {}) =>
    cab(['submit', ...words, '--wait', '--json'], { cwd, env });
  const upper = await submit(['--job', 'upper', 'a.txt'], { LEVEL: 'client' });
  expect(JSON.parse(upper.stdout)).toMatchObject({ status: 'done', kind: 'upper' });
  expect(readFileSync(join(cwd, 'out/a.up'), 'utf8')).toBe('ONE\nCLIENT\n');
  const count = await submit(['--job', 'count', 'a.txt']);
  expect(JSON.parse(count.stdout)).toMatchObject({ status: 'done', max_attempts: 2 });
  const answer = await fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { prefer: 'wait=30', 'content-type': 'application/json' },
    body: JSON.stringify({ job: 'upper', features_path: join(cwd, 'a.txt') }),
  });
  expect(await answer.json()).toMatchObject({ status: 'done', kind: 'upper' });
  expect(readFileSync(join(cwd, 'out/a.up'), 'utf8')).toBe('ONE\nDAEMON\n');
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('command:upper');
  expect(metrics).not.toContain('a.txt');
});

it('a fenced caller gives values to what a kind declares, and declares nothing itself', async () => {
  const { cwd, root } = await project();
  await mkdir(join(cwd, 'in'));
  await writeFile(join(cwd, 'in/b.txt'), 'two\n');
  const args = ['--allow-root', join(cwd, 'in')];
  const { url } = await daemonProcess({ root, cwd, args });
  const post = async (body: object): Promise<Answer> => {
    const answer = await fetch(`${url}/echo/jobs`, {
      ...{
        method: 'POST',
        headers: { prefer: 'wait=30', 'content-type': 'application/json' },
        body: JSON.stringify(body),
      },
    });
    return (await answer.json()) as Answer;
  };
  const features_path = join(cwd, 'in/b.txt');
  expect(await post({ job: 'upper', features_path, env: { LEVEL: '5' } })).toMatchObject({
    status: 'done',
  });
  for (const refused of [
    { job: 'upper', features_path, env: { LD_PRELOAD: '/x.so' } },
    { job: 'upper', features_path, inputs: ['../secret'] },
    { job: 'upper', features_path: join(cwd, 'a.txt') },
    { job: 'count', features_path: join(cwd, 'a.txt') },
    { features_path, env: { ANY: '1' } },
    { features_path, inputs: ['/etc/passwd'] },
  ])
    expect(await post(refused)).toMatchObject({ error: 'path_refused' });
  expect(await post({ job: 'upper', features_path: '../in/b.txt' })).not.toMatchObject({
    status: 'done',
  });
  const unknown = await post({ job: 'none', features_path });
  expect(unknown).toMatchObject({ error: 'invalid_request' });
  expect(JSON.stringify(unknown)).not.toContain('cab.config.json');
  expect(await post({ job: 'upper', features: { a: 1 } })).toMatchObject({
    error: 'invalid_request',
  });
});

it('a watched folder hands its files to a kind', async () => {
  const { cwd, root } = await project();
  await mkdir(join(cwd, 'inbox'));
  const args = ['--watch', 'inbox', '--job', 'upper'];
  await daemonProcess({ root, cwd, args, env: { CAB_WATCH_PATTERN: '*.txt', LEVEL: 'w' } });
  await writeFile(join(cwd, 'inbox/c.txt'), 'three\n');
  await until(() => existsSync(join(cwd, 'out/c.up')));
  const pointer = await until(async () => {
    const { stdout } = await cab(['get', '--pointer', 'upper c.txt'], { cwd });
    return stdout !== '' && stdout;
  });
  expect(JSON.parse(pointer)).toMatchObject({ track_id: 'upper c.txt' });
});
