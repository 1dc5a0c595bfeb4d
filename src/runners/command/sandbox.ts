/**
 * A command that sees what it declared and the system, and nothing else of this machine (Linux, bubblewrap):
 *
 *   system folders      read-only
 *   the project         an empty folder of the attempt at the same path; inputs and programs are bound into it, read-only
 *   /tmp, the home      empty, gone afterwards
 *   network, processes  its own, unless the network is let in
 *
 * What it makes lies in the attempt's folder, and is brought into the project once it is kept.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { CabError, isError } from '../../core/model/errors.ts';
import type { DigestedFile } from './inputs/digest-inputs.ts';
import type { FoundProgram } from './programs.ts';
import { isOutside } from '../../support/paths/relative-path.ts';
import { findProgram } from '../process/find-program.ts';
import type { Project } from './project.ts';

export interface SandboxOptions {
  /** bubblewrap. */
  readonly program: string;
  readonly project: Project;
  readonly inputs: readonly DigestedFile[];
  readonly programs: readonly Pick<FoundProgram, 'file'>[];
  readonly outputs: readonly string[];
  readonly home: string | undefined;
  readonly network: boolean;
}

const systemFolders = [
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/etc',
  '/opt',
  '/nix',
  '/gnu',
];

/** Where the project of a sandboxed command lies on the disk. */
export const sandboxProject = (outRoot: string): string => join(outRoot, 'project');

/** The words that run others in the sandbox. Makes its folder and a file of arguments, which may be many. */
export function sandboxed(
  words: readonly string[],
  outRoot: string,
  options: SandboxOptions,
): string[] {
  const place = sandboxProject(outRoot);
  const { project } = options;
  mkdirSync(place);
  for (const folder of foldersOf(options)) mkdirSync(join(place, folder), { recursive: true });
  const file = join(outRoot, 'sandbox.args');
  const bytes = argumentsOf(options, place).flatMap((word) => [Buffer.from(word), end]);
  writeFileSync(file, Buffer.concat(bytes), { mode: 0o600 });
  // The descriptor is the file's for as long as bwrap reads; words follow as they are.
  const start = 'program=$1; shift; exec "$program" --args 3 -- "$@" 3<"$0"';
  return ['/bin/sh', '-c', start, file, options.program, ...words];

  function foldersOf({ outputs }: SandboxOptions): string[] {
    const cwd = relative(project.root, project.cwd);
    return [cwd, ...outputs.map((output) => dirname(output).replace(/[*?[{].*$/, ''))];
  }
}

const end = Buffer.from('\0');

function argumentsOf(
  { project, inputs, programs, home, network }: SandboxOptions,
  place: string,
): (string | Buffer)[] {
  const bound = inputs.filter(({ isLink }) => !isLink).map(({ place }) => place);
  const links = inputs.filter(({ isLink, item }) => isLink && 'link' in item);
  const elsewhere = programs
    .map(({ file }) => file)
    .filter((file) => systemFolders.every((dir) => !file.startsWith(`${dir}/`)));
  return [
    ...['--unshare-all', ...(network ? ['--share-net'] : []), '--die-with-parent', '--new-session'],
    ...systemFolders.flatMap((dir) => ['--ro-bind-try', dir, dir]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...(home === undefined || home === '/' ? [] : ['--tmpfs', home]),
    ...['--bind', place, project.root],
    ...[...new Set([...bound, ...elsewhere])].flatMap((file) => ['--ro-bind', file, file]),
    ...links.flatMap(({ place, item }) => ('link' in item ? ['--symlink', item.link, place] : [])),
    ...['--chdir', project.cwd],
  ];
}

/**
 * The program that makes sandboxes, found along a PATH and tried.
 * @throws CabError usage, saying what is missing: a command that asks for a sandbox does not run without one
 */
export async function findSandbox(cwd: string, path = ''): Promise<string> {
  const found = await findProgram('bwrap', { cwd, path });
  if (found?.isExecutable !== true)
    throw new CabError('usage', '--sandbox: bubblewrap (bwrap) is not on PATH', {
      hint: 'Install it (Debian: apt install bubblewrap), or leave --sandbox out.',
    });
  try {
    await promisify(execFile)(found.file, ['--unshare-all', '--ro-bind', '/', '/', '/bin/true']);
    return found.file;
  } catch (error) {
    if (!isError(error)) throw error;
    const said = 'stderr' in error ? String(error.stderr).trim() : error.message;
    throw new CabError('usage', `--sandbox: bubblewrap cannot make one here: ${said}`, {
      hint: 'The system must let this user make namespaces (user.max_user_namespaces, AppArmor).',
      cause: error,
    });
  }
}

/** Files of the project that the command's last lines name, and that it was not shown. */
export function undeclared(
  lines: readonly string[],
  { root, cwd }: Project,
  inputs: readonly DigestedFile[],
  exists: (place: string) => boolean,
): string[] {
  const declared = new Set(inputs.map(({ path }) => path));
  const named = new Set<string>();
  for (const line of lines)
    for (const [word] of line.matchAll(/[^\s'"`:;,()<>[\]{}]+/g)) {
      const path = relative(root, join(cwd, word));
      const place = word.startsWith('/') ? relative(root, word) : path;
      if (place === '' || isOutside(place) || declared.has(place)) continue;
      if (exists(join(root, place))) named.add(place);
    }
  return [...named];
}
