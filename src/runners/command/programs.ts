/** The programs of a command, by content: a tool that was upgraded is another tool. */
import { statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { fingerprintOf } from '../../core/hashing/fingerprint.ts';
import type { DigestFile } from '../../core/model/runner/runner-identity.ts';
import { findProgram } from '../process/find-program.ts';
import { shebangWords } from '../process/shebang.ts';

export interface ProgramSearch {
  /** Where a name with a slash begins. */
  readonly cwd: string;
  readonly path: string | undefined;
  readonly digest: DigestFile;
}

export interface FoundProgram {
  /** As it is called. */
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly sha256: string;
  /** As `fingerprintOf`, of what `file` leads to, from before it was hashed. */
  readonly fingerprint: string;
}

/**
 * The program itself, and the interpreter that its first line names.
 * @throws CabError runner_not_found, runner_invalid for one that may not be executed
 */
export async function programsOf(command: string, search: ProgramSearch): Promise<FoundProgram[]> {
  const file = await placeOf(command, search);
  const found = [await foundProgram(command, file, search)];
  for (let script = file; found.length <= mostInterpreters;) {
    const name = await interpreterOf(script);
    const next = name && (await placeOf(name, search).catch(unlessMissing));
    if (!name || !next) break;
    found.push(await foundProgram(name, next, search));
    script = next;
  }
  return found;
}

/** As Linux: an interpreter may be a script itself. */
const mostInterpreters = 4;

async function foundProgram(
  name: string,
  file: string,
  { digest }: ProgramSearch,
): Promise<FoundProgram> {
  const fingerprint = fingerprintOf(await stat(file, { bigint: true }));
  return { name, file, fingerprint, sha256: await digest(file) };
}

/** The path of a program that is not what it was when it was hashed; undefined if all are. */
export function changedProgram(programs: readonly FoundProgram[]): string | undefined {
  return programs.find(({ file, fingerprint }) => {
    const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
    return stats === undefined || fingerprintOf(stats) !== fingerprint;
  })?.file;
}

/** @throws CabError runner_not_found, runner_invalid for one that may not be executed */
async function placeOf(command: string, search: ProgramSearch): Promise<string> {
  const found = await findProgram(command, search);
  if (found?.isExecutable === true) return found.file;
  if (found !== undefined)
    throw new CabError('runner_invalid', `${found.file} is not executable`, {
      hint: `Make it so: chmod +x ${found.file}`,
    });
  throw new CabError('runner_not_found', `there is no program ${command}`, {
    hint: command.includes('/')
      ? 'Check the path; it is relative to the working directory.'
      : 'Check its name, and PATH.',
  });
}

/** Of `#!/usr/bin/env python3`, `python3`; of `#!/bin/sh -e`, `/bin/sh`. */
async function interpreterOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (errnoOf(error) === 'EACCES') return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    const [program = '', ...words] = shebangWords(buffer.toString('latin1', 0, bytesRead));
    if (basename(program) !== 'env') return program === '' ? undefined : program;
    return words.find((word) => !word.startsWith('-') && !word.includes('='));
  } finally {
    await handle.close();
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof CabError) return undefined;
  throw error;
}
