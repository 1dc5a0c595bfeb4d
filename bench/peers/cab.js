import { execa } from 'execa';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../until.js';

export const project = join(import.meta.dirname, '..', '..');
/** Another build of cab can be measured: BENCH_CAB=…/bin/run.js npm run bench */
export const program = process.env.BENCH_CAB ?? join(project, 'bin', 'run.js');

/** Settings of the caller's shell must not reach what is measured. */
export const quietEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('CAB_')),
);

/** Runs a command to its end; rejects where it fails, with what it printed. */
export function cab(args, options = {}) {
  return execa(process.execPath, [program, ...args], {
    env: quietEnvironment,
    extendEnv: false,
    ...options,
  });
}

/** A daemon on a free port; resolves once it serves. It is stopped as the point ends, or earlier by `stop`. */
export async function startDaemon({ defer }, root, args = [], environment = {}) {
  // A line a request: a file takes them, as a service's would. Its descriptor, not its name, which would have this
  // process copy them, on a processor that is being measured, and end the daemon at a hundred megabytes.
  const log = openSync(`${root}.log`, 'a');
  const child = cab(['serve', '--cas-root', root, '--port', '0', ...args], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: log,
    env: { ...quietEnvironment, ...environment },
  });
  closeSync(log);
  // Its end is awaited in stop(); until then a rejection has nobody to hear it.
  child.catch(() => undefined);
  const stop = async () => {
    child.kill('SIGTERM');
    await child.catch(() => undefined);
  };
  defer(stop);
  const url = await Promise.race([
    until('the daemon serves', () => addressOf(root, child.pid)),
    child
      .catch(() => undefined)
      .then(() => {
        throw new Error(
          `the daemon ended at once:\n${readFileSync(`${root}.log`, 'utf8').slice(-1000)}`,
        );
      }),
  ]);
  return {
    url,
    root,
    pid: child.pid,
    residentMegabytes: () => megabytes(child.pid, 'VmRSS'),
    peakMegabytes: () => megabytes(child.pid, 'VmHWM'),
    jobsIn: (state) => jobsIn(url, state),
    stop,
  };
}

/** Memory of a process in MB: `VmRSS` now, `VmHWM` the most it ever was. Undefined where it has ended. */
export function megabytes(pid, field) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kilobytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    return kilobytes === undefined ? undefined : (Number(kilobytes) * 1024) / 1e6;
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
    throw error;
  }
}

/** Whether this build has the command. */
export async function knowsCommand(name) {
  const { exitCode } = await cab([name, '--help'], { reject: false });
  return exitCode === 0;
}

/** As the daemon's metrics say. */
async function jobsIn(url, state) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^cab_jobs\\{[^}]*"${state}"[^}]*\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

async function addressOf(root, pid) {
  try {
    const said = JSON.parse(await readFile(join(root, '.cab', 'daemon.json'), 'utf8'));
    return said.pid === pid ? (said.url ?? undefined) : undefined;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
