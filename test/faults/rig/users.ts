/**
 * The built program as different users: the one that runs the tests, and, where that is root, an ordinary one. Root passes
 * over permissions, so that much of what goes wrong with them goes wrong for ordinary users alone.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseSeed, someOf } from './sizes.ts';
import { undoneAfterFile } from '../../helpers/clean-up.ts';
import { cleanEnvironment, type Ended } from '../../helpers/cab.ts';
import { installed } from '../../helpers/installed.ts';

export const isRoot = process.getuid?.() === 0;

/** `nobody` on all systems in use. */
const ordinary = 65534;

export interface User {
  readonly name: string;
  readonly uid: number;
  /** Words to put before a command, so that it runs as this user. */
  readonly as: readonly string[];
}

const self: User = {
  name: isRoot ? 'root' : 'an ordinary user',
  uid: process.getuid?.() ?? 0,
  as: [],
};
const other: User = {
  name: 'an ordinary user',
  uid: ordinary,
  as: ['setpriv', '--reuid', `${ordinary}`, '--regid', `${ordinary}`, '--clear-groups'],
};

/** Undefined where the tests run as an ordinary user already, or `setpriv` is missing. */
export const ordinaryUser: User | undefined = !isRoot
  ? self
  : installed('setpriv') === undefined
    ? undefined
    : other;

const all: readonly User[] = isRoot && ordinaryUser ? [self, ordinaryUser] : [self];

/** In the short form one of them, with another seed another one. */
export const users = someOf(all, 1, chooseSeed('users'));

export interface Workplace {
  /** The user's own, removed at the end. */
  readonly dir: string;
  readonly root: string;
  readonly start: (...args: string[]) => ChildProcess;
  readonly run: (...args: string[]) => Promise<Ended>;
  readonly remove: () => Promise<void>;
}

const project = join(import.meta.dirname, '../../..');
const parts = ['bin', 'dist', 'package.json', 'oclif.manifest.json'].concat(
  ['better-sqlite3', 'bindings', 'file-uri-to-path'].map((name) => `node_modules/${name}`),
);

let copied: Promise<string> | undefined;

/** A copy of the built program that every user may read: the checkout may be closed to others. One for all tests of a file. */
async function copyProgram(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'cab-program-'));
  undoneAfterFile(async () => {
    copied = undefined;
    await rm(dir, { recursive: true, force: true });
  });
  await chmod(dir, 0o755);
  // What the native part is built of is large, and nothing loads it.
  const filter = (path: string): boolean =>
    !/better-sqlite3\/(deps|build\/Release\/obj)/.test(path);
  for (const part of parts)
    await cp(join(project, part), join(dir, part), { recursive: true, dereference: true, filter });
  return dir;
}

/** A directory of the user's own, and the built program to run there. */
export async function workplace(user: User): Promise<Workplace> {
  const program = await (copied ??= copyProgram());
  const dir = await mkdtemp(join(tmpdir(), 'cab-faults-'));
  const own = join(dir, 'own');
  await mkdir(own);
  for (const path of [dir, own]) await chmod(path, 0o755);
  if (isRoot) await chown(own, user.uid, user.uid);
  const root = join(own, 'root');
  const words = [...user.as, process.execPath, join(program, 'bin/run.js')];
  const started: ChildProcess[] = [];
  const start = (...args: string[]): ChildProcess => {
    const all = [...words, ...args, '--cas-root', root];
    const env = { ...cleanEnvironment(), HOME: own };
    const child = spawn(all[0] ?? '', all.slice(1), {
      ...{ cwd: own, env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    started.push(child);
    return child;
  };
  const run = (...args: string[]): Promise<Ended> => ended(start(...args));
  return {
    ...{ dir: own, root, start, run },
    remove: () => {
      // A test that failed leaves a daemon that nobody would stop.
      for (const child of started) child.kill('SIGKILL');
      return remove(dir);
    },
  };
}

export function ended(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ stdout, stderr, code, signal }));
  });
}

/** Also what the tests have mounted, made immutable or closed. */
async function remove(dir: string): Promise<void> {
  if (isRoot) {
    const mounts = spawnSync('findmnt', ['-rno', 'TARGET'], { encoding: 'utf8' }).stdout;
    const own = mounts.split('\n').filter((point) => point.startsWith(`${dir}/`));
    for (const point of own.reverse()) spawnSync('umount', ['-l', point]);
    spawnSync('chattr', ['-R', '-i', '-a', dir]);
  }
  spawnSync('chmod', ['-R', 'u+rwx', dir]);
  await rm(dir, { recursive: true, force: true, maxRetries: 5 });
}
