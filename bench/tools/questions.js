/** What is done to a project between two calls, and what a right answer is. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyOf, put, putTool } from './job.js';

const at = ({ project }, name) => join(project, name);

function removeOutputs(job) {
  for (const name of ['out', 'sum.txt', 'a.o'])
    rmSync(at(job, name), { recursive: true, force: true });
}

export const questions = [
  { name: 'repeat', what: 'called again', act: () => undefined },
  {
    name: 'remove',
    what: 'outputs removed (a folder, a link, an executable bit)',
    act: removeOutputs,
  },
  {
    name: 'edit',
    what: 'an output edited by hand',
    act: (job) => put(job.project, existsSync(at(job, 'a.o')) ? 'a.o' : 'sum.txt', 'edited'),
  },
  {
    name: 'touch',
    what: 'an input touched, same bytes',
    act: (job) => utimesSync(at(job, 'a.txt'), new Date(), new Date()),
  },
  { name: 'change', what: 'an input changed', act: (job) => put(job.project, 'a.txt', 'a2') },
  {
    name: 'older',
    what: 'an input changed, with an older time',
    act: (job) => {
      put(job.project, 'a.txt', 'a2');
      utimesSync(at(job, 'a.txt'), new Date('2020-01-01'), new Date('2020-01-01'));
    },
  },
  {
    name: 'back',
    what: 'changed, called, and changed back',
    act: async (job, call) => {
      put(job.project, 'a.txt', 'a2');
      await call();
      put(job.project, 'a.txt', 'a1');
    },
  },
  {
    name: 'mode',
    what: 'an input made executable',
    act: (job) => chmodSync(at(job, 'a.txt'), 0o755),
  },
  {
    name: 'link',
    what: 'an input link led elsewhere',
    act: (job) => {
      rmSync(at(job, 'src/current.txt'));
      symlinkSync('../data/v2.txt', at(job, 'src/current.txt'));
    },
  },
  {
    name: 'add',
    what: 'a file added to an input folder',
    act: (job) => put(job.project, 'src/c.txt', 'c1'),
  },
  {
    name: 'hidden',
    what: 'the hidden input changed',
    act: (job) => put(job.project, 'hidden.txt', 'h2'),
  },
  {
    name: 'tool',
    what: 'the tool upgraded, same name on `PATH`',
    act: ({ dir }) => putTool(dir, 2),
  },
  {
    name: 'kill',
    what: 'killed half-way (SIGKILL), called again',
    act: async (job, _call, start) => {
      put(job.project, 'a.txt', 'a2');
      await killHalfWay(job, start);
    },
  },
  {
    name: 'copy',
    what: 'the project copied to another folder',
    act: (job) => {
      const copy = join(job.dir, 'copy');
      copyOf(job.project, copy);
      job.project = copy;
    },
  },
];

async function killHalfWay({ dir }, start) {
  writeFileSync(join(dir, 'slow'), '');
  const [program, args, options] = start();
  const child = spawn(program, args, { ...options, stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (!existsSync(join(dir, 'reached')) && child.exitCode === null) await sleep(20);
  for (const pid of [-child.pid, Number(pidIn(join(dir, 'reached')))]) kill(pid);
  await ended;
  rmSync(join(dir, 'slow'));
}

const pidIn = (file) => (existsSync(file) ? readFileSync(file, 'utf8') : '0');

function kill(pid) {
  if (pid === 0) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
