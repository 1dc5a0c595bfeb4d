/** The inputs of a command by content. A file that did not change since it was hashed is not read again. */
import type { DigestMemory } from '../../../core/model/request/digest-memory.ts';
import { lstatSync, readlinkSync, type BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { createHash } from 'node:crypto';
import { fingerprintOf, isSettled } from '../../../core/hashing/fingerprint.ts';
import type { InputItem } from '../../../core/model/command/inputs-document.ts';
import type { SelectedInput } from './select-inputs.ts';

/** An input as it was when its digest was known. */
export interface DigestedFile extends SelectedInput {
  readonly item: InputItem;
  /** As `fingerprintOf`. */
  readonly fingerprint: string;
  /** False: a change right after may have left the stamps as they are. */
  readonly isSettled: boolean;
}

/** Descriptors that are open at a time. */
const filesAtOnce = 32;

/** In the order of the inputs. @throws CabError input_unreadable, input_changed; the signal's reason */
export async function digestInputs(
  inputs: readonly SelectedInput[],
  memory: DigestMemory | undefined,
  signal: AbortSignal,
): Promise<DigestedFile[]> {
  const seen = inputs.map(look);
  const known = await knownDigests(seen, memory);
  const digested: DigestedFile[] = [];
  for (let at = 0; at < seen.length; at += filesAtOnce) {
    signal.throwIfAborted();
    const some = seen.slice(at, at + filesAtOnce);
    digested.push(...(await Promise.all(some.map((file) => digestOne(file, known.get(file))))));
  }
  const learned = digested.flatMap(({ item, place, fingerprint, isSettled }, at) => {
    const [before, path] = [seen[at], textOf(place)];
    if (before === undefined || path === undefined || !('sha256' in item)) return [];
    return known.has(before) || !isSettled ? [] : [{ path, fingerprint, digest: item.sha256 }];
  });
  if (learned.length > 0) await memory?.rememberDigests(learned);
  return digested;
}

/** An input as a look at it finds it. */
type SeenInput = Omit<DigestedFile, 'item'> & { readonly stats: BigIntStats };

function look(input: SelectedInput): SeenInput {
  const lookedAt = Date.now();
  const stats = statsOf(input);
  return {
    ...input,
    stats,
    fingerprint: fingerprintOf(stats),
    isSettled: isSettled(stats, lookedAt),
  };
}

/** A name that is not UTF-8 has no text by which it could be remembered. */
const textOf = (place: string | Buffer): string | undefined =>
  typeof place === 'string' ? place : undefined;

/** Digests that are remembered, of files that are still the same. */
async function knownDigests(
  seen: readonly SeenInput[],
  memory: DigestMemory | undefined,
): Promise<Map<SeenInput, string>> {
  const asked = seen.flatMap((file) => {
    const path = file.isLink ? undefined : textOf(file.place);
    return path === undefined ? [] : [{ file, path, fingerprint: file.fingerprint }];
  });
  const found = asked.length === 0 ? [] : ((await memory?.digests(asked)) ?? []);
  return new Map(
    asked.flatMap(({ file }, at) => {
      const digest = found[at];
      return digest === undefined ? [] : [[file, digest] as const];
    }),
  );
}

async function digestOne(
  { stats, ...file }: SeenInput,
  known: string | undefined,
): Promise<DigestedFile> {
  const { path, place, fingerprint } = file;
  const name = typeof place === 'string' ? { path } : { path_b64: inProject(place, path) };
  if (file.isLink) return { ...file, item: { ...name, link: readlinkSync(place) } };
  const sha256 = known ?? (await hashed(file, fingerprint));
  const mode = (stats.mode & 0o100n) === 0n ? {} : { mode: 'x' as const };
  return { ...file, item: { ...name, sha256, size: Number(stats.size), ...mode } };
}

function statsOf({ path, place }: SelectedInput): BigIntStats {
  try {
    return lstatSync(place, { bigint: true });
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function hashed({ path, place }: SelectedInput, fingerprint: string): Promise<string> {
  const handle = await open(place, 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    const hash = createHash('sha256');
    for await (const piece of handle.createReadStream({ autoClose: false, highWaterMark: 1 << 20 }))
      hash.update(piece as Buffer);
    if (fingerprintOf(await handle.stat({ bigint: true })) !== fingerprint)
      throw new CabError('input_changed', `${path} was changed while it was hashed`, {
        hint: 'Run the command again once nobody writes to it.',
        details: { file: path },
      });
    return hash.digest('hex');
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, error: unknown): CabError {
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  return new CabError('input_unreadable', `input ${path} cannot be read (${errno})`, {
    cause: error,
    details: { file: path },
  });
}

/** The bytes of the path relative to the project root, in base 64. */
function inProject(place: Buffer, path: string): string {
  // As many segments as the text has: a slash is the same byte in every name.
  const segments = path.split('/').length;
  const all = place.toString('latin1').split('/');
  return Buffer.from(all.slice(-segments).join('/'), 'latin1').toString('base64');
}

/**
 * The path of an input that is not what it was when it was hashed; undefined if all are. One that may have been changed
 * without a trace is hashed again. @throws what `digestInputs` throws
 */
export async function changedInput(
  inputs: readonly DigestedFile[],
  signal: AbortSignal,
): Promise<string | undefined> {
  for (const { place, path, fingerprint } of inputs) {
    const stats = lstatSync(place, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined || fingerprintOf(stats) !== fingerprint) return path;
  }
  const young = inputs.filter((input) => !input.isSettled && !input.isLink);
  const again = await digestInputs(young, undefined, signal);
  return young.find(({ item }, at) => !isSameItem(item, again[at]?.item))?.path;
}

/** The path of a file among `now` that is none of the inputs; undefined if there is none. Names are compared by their bytes. */
export function newInput(
  inputs: readonly SelectedInput[],
  now: readonly SelectedInput[],
): string | undefined {
  const known = new Set(inputs.map(bytesOf));
  return now.find((input) => !known.has(bytesOf(input)))?.path;
}

const bytesOf = ({ place }: SelectedInput): string => place.toString('latin1');

const isSameItem = (a: InputItem, b: InputItem | undefined): boolean =>
  b !== undefined && 'sha256' in a && 'sha256' in b && a.sha256 === b.sha256;
