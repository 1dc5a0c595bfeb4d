/** What must hold for a result to be kept: the command read what was hashed, all of it, and nothing that is in no key. */
import { CabError } from '../../core/model/errors.ts';
import { filesBeside, linksOf, type Manifest } from '../../core/model/entry/manifest.ts';
import { runFiles } from '../../core/model/command/run-record.ts';
import { changedInput, digestInputs, newInput, type DigestedFile } from './inputs/digest-inputs.ts';
import { changedProgram, type FoundProgram } from './programs.ts';
import type { Selected } from './inputs/select-inputs.ts';

export interface Evidence {
  readonly inputs: readonly DigestedFile[];
  readonly programs: readonly FoundProgram[];
  /** What the inputs are now, by the same names. */
  readonly reselect: () => Promise<Selected>;
  readonly overlaps: Selected['overlaps'];
  /** Of the run before, as it was kept. */
  readonly earlier: () => Promise<Manifest | undefined>;
}

/** @throws CabError input_changed */
export async function refuseChanged(
  { inputs, programs }: Pick<Evidence, 'inputs' | 'programs'>,
  when: string,
  signal: AbortSignal,
): Promise<void> {
  const path = changedProgram(programs) ?? (await changedInput(inputs, signal));
  if (path !== undefined)
    throw notKept(
      path,
      `${path} was changed ${when}`,
      'What is kept must come from inputs that nobody touches meanwhile. Leave out what the command itself writes.',
    );
}

/** A file that appeared in an input folder may have been read, and is in no key. @throws CabError input_changed */
export async function refuseNew({
  inputs,
  reselect,
}: Pick<Evidence, 'inputs' | 'reselect'>): Promise<void> {
  const path = newInput(inputs, (await selectedAgain(reselect)).inputs);
  if (path === undefined) return;
  throw notKept(
    path,
    `${path} appeared among the inputs while the command ran`,
    `If the command makes it, name it with --output, or leave it out: --input "!${path}"`,
  );
}

async function selectedAgain(reselect: () => Promise<Selected>): Promise<Selected> {
  try {
    return await reselect();
  } catch (error) {
    if (!(error instanceof CabError)) throw error;
    throw new CabError('input_changed', `inputs changed while the command ran: ${error.message}`, {
      ...{ cause: error, hint: error.hint, details: error.details },
    });
  }
}

/**
 * A file that lies in the inputs and matches a pattern of the outputs is in no key. That is right for what an earlier run
 * made. Of any other, nobody knows whether the command reads it. To be asked before the command begins.
 */
export async function unknownOverlap(
  { overlaps, earlier }: Pick<Evidence, 'overlaps' | 'earlier'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (overlaps.length === 0) return undefined;
  const manifest = await earlier();
  const known = new Map<string, string>();
  for (const { path, sha256 } of manifest === undefined ? [] : filesBeside(manifest))
    known.set(path, sha256);
  for (const { path, link } of manifest === undefined ? [] : linksOf(manifest))
    known.set(path, link);
  const digested = await digestInputs(overlaps, undefined, signal);
  return digested.find(
    ({ path, item }) =>
      known.get(`${runFiles.outputs}/${path}`) !== ('link' in item ? item.link : item.sha256),
  )?.path;
}

export const ofUnknownOrigin = (path: string): CabError =>
  notKept(
    path,
    `${path} lies in the inputs and matches an output, and no earlier run made it: narrow the pattern, or remove it if it is a rest`,
    'What matches an output is in no key, and a hit would write over it.',
  );

const notKept = (file: string, message: string, hint: string): CabError =>
  new CabError('input_changed', message, { hint, details: { file } });
