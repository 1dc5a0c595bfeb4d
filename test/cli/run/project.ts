import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand, type Ran } from '../../helpers/run-command.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

interface How {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** A project with an input, `in.txt`, in which `cab run` is called. */
export interface RunProject {
  readonly dir: string;
  readonly path: (name: string) => string;
  /** `cab run` with these words. */
  readonly run: (words: readonly string[], how?: How) => Promise<Ran>;
  /** `cab run` of a line for the shell. */
  readonly sh: (flags: readonly string[], line: string, how?: How) => Promise<Ran>;
}

export async function runProject(): Promise<RunProject> {
  const dir = await tempDir();
  await mkdir(join(dir, '.git'));
  await writeFile(join(dir, 'in.txt'), 'one\n');
  const run = (words: readonly string[], { cwd = dir, env = {}, ...how }: How = {}) =>
    runCommand(['run', ...words], {
      ...how,
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...env },
    });
  return {
    dir,
    path: (name) => join(dir, name),
    run,
    sh: (flags, line, how) => run([...flags, '--shell', '--', line], how),
  };
}
