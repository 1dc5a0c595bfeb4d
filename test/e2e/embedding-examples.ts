/** The programs of examples/embed, run beside the installed package, as a user runs them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, readdir, readlink, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { errnoOf } from '../../src/core/model/errors.ts';
import { openBroker } from '../../src/index.ts';
import { cab, cleanEnvironment, type Ended } from '../helpers/cab.ts';
import type { InstalledPackage } from '../helpers/installed-package.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const checkout = join(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

export function describeEmbeddingExamples(installed: () => InstalledPackage): void {
  describe('the programs of examples/embed', () => {
    let folder: string;
    let cwd: string;
    beforeAll(async () => {
      folder = join(installed().folder, 'embed');
      await cp(join(installed().package, 'examples/embed'), folder, { recursive: true });
    });
    beforeEach(async () => {
      cwd = await tempDir();
    });

    const node = (program: string, ...args: string[]): Promise<Ended> =>
      cab(args, { program: join(folder, program), cwd });

    it('in TypeScript: compiles for Node and for bundlers, and tells all states', async () => {
      const project = ['-p', join(folder, 'typescript')];
      const types = ['--typeRoots', join(checkout, 'node_modules/@types')];
      const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler', '--noEmit'];
      const compile = (...more: string[]): Promise<Ended> =>
        cab([...project, ...types, ...more], {
          program: require.resolve('typescript/bin/tsc'),
          cwd,
        });
      expect(await Promise.all([compile(), compile(...bundler)])).toEqual([
        expect.objectContaining({ code: 0, stdout: '' }),
        expect.objectContaining({ code: 0, stdout: '' }),
      ]);
      const { stdout, code } = await node('typescript/out/summary.js');
      expect(stdout.replaceAll(/done: [0-9a-f]{8}/g, 'done: ETAG').split('\n')).toEqual([
        'mean 3, computed',
        'mean 3, from the store',
        'progress: adding 3 numbers',
        'refused: runner summary: there are no numbers',
        'failed: runner_failed',
        'done: ETAG',
        'done: ETAG',
        '',
      ]);
      expect(code).toBe(0);
    });

    it('in CommonJS: prints digests, known ones as such, and refuses what is not there', async () => {
      await writeFile(join(cwd, 'a'), 'content');
      await writeFile(join(cwd, 'b'), 'other content');
      const first = await node('commonjs/digest.cjs', 'a');
      expect(first).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringMatching(/^[0-9a-f]{16} {2}a\n$/),
      });
      const both = await node('commonjs/digest.cjs', 'a', 'b');
      expect(both.stdout).toContain(`${first.stdout.trimEnd()} (known)\n`);
      expect(await node('commonjs/digest.cjs', 'none')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('none'),
      });
    });

    it('in a worker thread: computes there, and ends', async () => {
      expect(await node('worker/main.mjs')).toMatchObject({
        code: 0,
        stderr: '',
        stdout: `11 characters, computed in a thread
11 characters, from the store
the thread ended with 0
`,
      });
    });

    it('in Jest: tests a runner with a store in memory', async () => {
      const args = ['--rootDir', join(folder, 'jest'), '--no-cache', '--no-watchman'];
      const jest = cab(args, {
        program: require.resolve('jest/bin/jest'),
        cwd: join(folder, 'jest'),
      });
      expect(await jest).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/Tests: +2 passed, 2 total/),
      });
    });

    it('in a web server: clients that leave stop their work, and leave nothing open', async () => {
      const { url, pid, ended, stop } = await webServer(join(folder, 'web-server/server.mjs'), cwd);
      const whole = await text(await answer(`${url}/primes?below=1000000`));
      expect(whole.split('\n').length).toBe(78_499);

      for (let n = 0; n < 20; n += 1) await leaveWithin(`${url}/primes?below=1000000`);
      const watching = await openBroker({ root: join(cwd, 'data/echo_cas'), work: 'none' });
      onTestFinished(() => watching.close());
      const leaving = get(`${url}/primes?below=50000000`).on('error', () => undefined);
      const [job] = await until(async () => {
        const { jobs } = await watching.jobs({ status: 'running' });
        return jobs.length > 0 && jobs;
      });
      leaving.destroy();
      expect(await watching.wait(job?.job_id ?? '')).toMatchObject({ status: 'canceled' });

      await until(async () => (await openEntries(pid, cwd)).length === 0);
      const again = await answer(`${url}/primes?below=1000000`);
      expect([again.headers['x-cached'], await text(again)]).toEqual(['true', whole]);
      stop();
      expect(await ended).toEqual([0, '']);
    });
  });
}

async function webServer(program: string, cwd: string) {
  const child = spawn(process.execPath, [program], {
    cwd,
    env: { ...cleanEnvironment(), PORT: '0' },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = text(child.stderr);
  const ended = once(child, 'exit').then(async ([code]: (number | null)[]) => [code, await said]);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (stdout += piece));
  const url = await until(() => /http:\S+/.exec(stdout)?.[0]);
  return { url, pid: child.pid ?? 0, ended, stop: () => child.kill('SIGTERM') };
}

const answer = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false }, resolve).on('error', reject);
  });

/** Reads the beginning of an answer and cuts the connection. */
async function leaveWithin(url: string): Promise<void> {
  const response = await answer(url);
  await once(response, 'readable');
  response.destroy();
}

/** The files of entries that a process holds open, where the system tells. */
async function openEntries(pid: number, cwd: string): Promise<string[]> {
  const folder = `/proc/${String(pid)}/fd`;
  if (!existsSync(folder)) return [];
  const names = await readdir(folder);
  const paths = await Promise.all(names.map((name) => readlink(join(folder, name)).catch(gone)));
  return paths.filter((path) => path.startsWith(join(cwd, 'data/echo_cas/echo')));
}

/** It was closed in between. */
function gone(error: unknown): string {
  if (errnoOf(error) === 'ENOENT') return '';
  throw error;
}
