/** What the operands of a command name: files, patterns that no shell has expanded, standard input. */
import { access } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { sentInput, type NamedInput } from '../../compose/input.ts';
import { tellsFilesApart, trackOf } from '../../core/model/entry/track-pattern.ts';
import type { Services } from '../services.ts';

export type Input = NamedInput;

/** An operand that names nothing; the others are still taken. */
export interface NoInput {
  readonly name: string;
  readonly error: CabError;
}

const patternCharacters = /[*?[\]{}]/;

/** `passedOver`: directories, absolute, from which no pattern takes a file. */
export async function findInputs(
  operands: readonly string[],
  { cwd, stdin }: Pick<Services, 'cwd' | 'stdin'>,
  passedOver: readonly string[] = [],
): Promise<(Input | NoInput)[]> {
  const found: (Input | NoInput)[] = [];
  for (const operand of operands) {
    if (operand === '') found.push({ name: operand, error: emptyOperand() });
    else if (operand === '-') found.push(sentInput('-', await contentOf(stdin)));
    else if (patternCharacters.test(operand) && (await isAbsent(resolve(cwd, operand))))
      found.push(...(await matches(operand, cwd, passedOver)));
    else found.push({ name: operand, path: resolve(cwd, operand) });
  }
  return found;
}

/** Resolved it would be the working directory, which nobody named. */
const emptyOperand = (): CabError =>
  new CabError('usage', 'an operand is empty, and names no file', {
    hint: 'Look at the variable that it came from.',
  });

async function matches(
  pattern: string,
  cwd: string,
  passedOver: readonly string[],
): Promise<(Input | NoInput)[]> {
  const { escapePath, glob } = await import('tinyglobby');
  // Not even looked into: a store may hold a million directories.
  const ignore = passedOver.map((path) => `${escapePath(path)}/**`);
  const paths = await glob(pattern, { cwd, absolute: true, expandDirectories: false, ignore });
  if (paths.length === 0)
    return [
      { name: pattern, error: new CabError('input_not_found', `no file matches ${pattern}`) },
    ];
  return paths.sort().map((path) => ({ name: relative(cwd, path), path }));
}

/** False if the system does not tell. Reading the file by that name then gives the error. */
async function isAbsent(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(errno);
  }
}

async function contentOf(stdin: Services['stdin']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
  return Buffer.concat(chunks);
}

/** Throws usage where several files would share one track, or where a pattern has no name to be filled from. */
export function checkTrack(
  pattern: string | undefined,
  inputs: readonly (Input | NoInput)[],
): void {
  if (pattern === undefined) return;
  const isPattern = tellsFilesApart(pattern);
  const sent = inputs.find((input) => 'sent' in input);
  if (isPattern && sent !== undefined)
    throw new CabError(
      'usage',
      `--track ${pattern}: ${sent.name} is input without a name of a file`,
      {
        hint: `Submit it by itself, under a track of its own: cab submit ${sent.name} --track NAME`,
      },
    );
  if (isPattern || inputs.length < 2) return;
  throw new CabError('usage', `--track ${pattern} would be one track of ${inputs.length} files`, {
    hint: 'Name a pattern, such as --track "{stem}".',
  });
}

/** A word on files that share a track, whose pointer names the result of one alone; undefined where none do. */
export function sharedTrack(
  pattern: string | undefined,
  inputs: readonly (Input | NoInput)[],
): string | undefined {
  const tracks = new Map<string, Map<string, string>>();
  for (const input of inputs) {
    if (!('path' in input)) continue;
    const track = trackOf(pattern ?? '{stem}', input.path);
    const files = tracks.get(track) ?? new Map<string, string>();
    tracks.set(track, files.set(input.path, input.name));
  }
  const shared = [...tracks].filter(([, files]) => files.size > 1);
  const [first] = shared;
  if (first === undefined) return undefined;
  const [track, files] = first;
  const [one, other] = files.values();
  const names = `${one}, ${other}${files.size > 2 ? ', …' : ''}`;
  const more = shared.length > 1 ? `, and so are ${shared.length - 1} more` : '';
  return `warning: track ${JSON.stringify(track)} is shared by ${files.size} files (${names})${more}; a pattern may tell them apart: --track "{dir}/{name}"`;
}
