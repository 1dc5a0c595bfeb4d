import { execa } from 'execa';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../until.js';

export const project = join(import.meta.dirname, '..', '..');
export const program = join(project, 'bin', 'run.js');

/** Settings of the caller's shell must not reach what is measured. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('CAB_')),
);

/** Runs a command to its end; rejects where it fails, with what it printed. */
export function cab(args, options = {}) {
  return execa(process.execPath, [program, ...args], { env, extendEnv: false, ...options });
}

/** A daemon on a free port; resolves once it serves. It is stopped as the point ends, or earlier by `stop`. */
export async function startDaemon({ defer }, root, args = []) {
  const child = cab(['serve', '--cas-root', root, '--port', '0', ...args], {
    stdout: 'ignore',
    stderr: 'pipe',
  });
  // Its end is awaited in stop(); until then a rejection has nobody to hear it.
  child.catch(() => undefined);
  const stop = async () => {
    child.kill('SIGTERM');
    await child.catch(() => undefined);
  };
  defer(stop);
  const url = await Promise.race([
    until('the daemon serves', () => addressOf(root, child.pid)),
    child.then(() => {
      throw new Error('the daemon ended at once');
    }),
  ]);
  return {
    url,
    root,
    pid: child.pid,
    residentMegabytes: () => residentMegabytes(child.pid),
    stop,
  };
}

/** What the process holds in memory now, in MB. */
export function residentMegabytes(pid) {
  const [, kilobytes] =
    /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return (Number(kilobytes) * 1024) / 1e6;
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
