/** Runs a command under strace, and says what it read and wrote. Nothing is kept of it. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { execa } from 'execa';
import { foldersOf } from '../../core/model/entry/entry-path.ts';
import { CabError } from '../../core/model/errors.ts';
import { commandEnvironment } from '../../runners/command/environment.ts';
import { foldedInputs, learnedFrom, type Learned } from '../../runners/command/learned.ts';
import { findProject } from '../../runners/command/project.ts';
import { selectInputs } from '../../runners/command/inputs/select-inputs.ts';
import { traceOf } from '../../runners/command/trace.ts';
import { findProgram } from '../../runners/process/find-program.ts';
import { isOutside } from '../../support/paths/relative-path.ts';
import { storePlaces } from '../stores/store-places.ts';
import type { CachedCommandOptions } from './command-parts.ts';

export interface LearnedRun {
  readonly exitCode: number;
  readonly learned: Learned;
}

type LearnOptions = Pick<
  CachedCommandOptions,
  'root' | 'cwd' | 'command' | 'declared' | 'env' | 'mindsIgnored'
>;

/** Its standard streams are those of this process. @throws CabError usage if there is no strace */
export async function learnCommand(options: LearnOptions): Promise<LearnedRun> {
  const { cwd, command, env, declared } = options;
  const strace = await findStrace(cwd, env['PATH']);
  const project = findProject(cwd, storePlaces(options.root));
  const words = 'argv' in command ? command.argv : ['/bin/sh', '-c', command.line];
  // All of it: which variables it takes is what is to be learned.
  const { passed } = commandEnvironment({ env, declared, all: true });
  const dir = await mkdtemp(join(tmpdir(), 'cab-learn-'));
  try {
    const flags = ['-ff', '-ttt', '-y', '-qq', '-s', '4096', '-e', `trace=${calls}`];
    const { exitCode = 1 } = await execa(strace, [...flags, '-o', join(dir, 'trace'), ...words], {
      ...{ cwd: project.cwd, env: passed, extendEnv: false, stdio: 'inherit', reject: false },
    });
    const texts = await Promise.all(
      (await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')),
    );
    const learned = learnedFrom(traceOf(texts, project.cwd), project, words, env);
    const filesOf = new Map<string, string[]>();
    // A folder outside of the working directory is not named as a whole.
    const ours = learned.inputs.filter((path) => !isOutside(path));
    for (const folder of new Set(ours.flatMap(foldersOf)))
      filesOf.set(folder, await filesBelow(folder));
    const inputs = foldedInputs(learned.inputs, (folder) => filesOf.get(folder) ?? []);
    return { exitCode, learned: { ...learned, inputs } };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }

  async function filesBelow(folder: string): Promise<string[]> {
    const selection = { named: [folder], mindsIgnored: options.mindsIgnored, outside: true };
    const { inputs } = await selectInputs(project, { ...selection, outputKind: () => undefined });
    return inputs.map(({ place }) => relative(project.cwd, place.toString()));
  }
}

/** What opens, runs, moves and removes files; `chdir` says where relative names begin. */
const calls =
  'open,openat,creat,execve,rename,renameat,renameat2,unlink,unlinkat,symlink,symlinkat,link,linkat,chdir';

async function findStrace(cwd: string, path = ''): Promise<string> {
  const found = await findProgram('strace', { cwd, path });
  if (found?.isExecutable === true) return found.file;
  throw new CabError('usage', '--learn: strace is not on PATH', {
    hint: 'Install it (Debian: apt install strace), or name inputs and outputs yourself.',
  });
}
