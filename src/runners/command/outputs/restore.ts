/**
 * Brings the outputs of a command back into the project. Every file is written beside its place first, and only once all
 * of them are there are they renamed, so that a full disk changes nothing. What stands right already is not touched.
 */
import { constants, createWriteStream, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import {
  chmod,
  copyFile,
  mkdir,
  open as openFile,
  readdir,
  rename,
  rm,
  rmdir,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { foldersOf, staysInside } from '../../../core/model/entry/entry-path.ts';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import {
  filesBeside,
  linksOf,
  type FileFacts,
  type Manifest,
} from '../../../core/model/entry/manifest.ts';
import { runFiles, type RunRecord } from '../../../core/model/command/run-record.ts';
import type { DigestFile } from '../../../core/model/runner/runner-identity.ts';
import type { OpenedFile } from '../../../core/ports/entry-store.ts';
import { sha256File } from '../../../core/hashing/digest.ts';
import { guarded } from '../../../support/files/io-error.ts';
import { isTemporary, sweepTemporaries, temporaryBeside } from './temporary-outputs.ts';

export interface Restoration {
  /** Of the project. */
  readonly root: string;
  readonly manifest: Manifest;
  readonly record: RunRecord;
  /** Opens a file of the entry; its bytes are checked. */
  readonly open: (path: string) => Promise<OpenedFile>;
  /** Of what stands in the project. */
  readonly digest: DigestFile;
}

export interface Restored {
  /** Files and links that were written. */
  readonly written: number;
  /** Those that stood right already. */
  readonly kept: number;
  /** Files of output folders that are not in the entry. */
  readonly removed: number;
}

interface Waiting {
  readonly temporary: string;
  readonly place: string;
}

/** Throws no_space, io_error, root_unwritable; usage if a folder on the way is a link that leads out of the project. */
export async function restoreOutputs(restoration: Restoration): Promise<Restored> {
  const { root, manifest, record } = restoration;
  const files = outputsOf(filesBeside(manifest));
  const links = outputsOf(linksOf(manifest));
  const waiting: Waiting[] = [];
  const made: string[] = [];
  let kept = 0;
  await guarded('restoring the outputs', async () => {
    try {
      for (const { output } of [...files, ...links]) refuseFullFolder(root, output);
      const places = [...files, ...links].map(({ output }) => output);
      for (const folder of foldersToMake(root, [...places, ...record.folders.map(inside)])) {
        await mkdir(folder);
        made.push(folder);
      }
      for (const file of files)
        if (await stands(join(root, file.output), file, restoration.digest)) kept += 1;
        else waiting.push(await written(restoration, file));
      for (const { output, link } of links)
        if (linkAt(join(root, output)) === link) kept += 1;
        else waiting.push(await linked(join(root, output), output, link));
      for (const folder of new Set(waiting.map(({ place }) => dirname(place))))
        sweepTemporaries(folder);
      for (const { temporary, place } of waiting) await replace(temporary, place);
    } catch (error) {
      // After a rename there is no temporary file, and its folder is not empty.
      for (const { temporary } of waiting) await rm(temporary, { force: true });
      for (const folder of made.reverse()) await rmdir(folder).catch(unlessFull);
      throw error;
    }
  });
  const listed = { outputs: new Set(record.outputs), folders: new Set(record.folders) };
  let removed = 0;
  await guarded('removing what the result does not have', async () => {
    for (const folder of record.folders) removed += await removeOthers(root, folder, listed);
  });
  return { written: waiting.length, kept, removed };
}

/** A path in the folder, so that the folder itself is on its way. */
const inside = (folder: string): string => `${folder}/.`;

function unlessFull(error: unknown): void {
  if (errnoOf(error) === undefined) throw error;
}

/** What is in a folder is somebody's. Told before anything was renamed. */
function refuseFullFolder(root: string, output: string): void {
  const place = join(root, output);
  if (lstatSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  if (readdirSync(place).length === 0) return;
  throw new CabError('usage', `${output} is a folder, and the output is a file`, {
    hint: 'Move it away.',
    details: { file: place },
  });
}

const prefix = `${runFiles.outputs}/`;

/** Those below `outputs/`, with their path in the project. */
const outputsOf = <T extends { readonly path: string }>(all: readonly T[]) =>
  all
    .filter(({ path }) => path.startsWith(prefix))
    .map((each) => ({ ...each, output: each.path.slice(prefix.length) }));

/** Absolute, the outermost first. A file in the place of a folder is somebody's, and is not removed. */
function foldersToMake(root: string, outputs: readonly string[]): string[] {
  const made: string[] = [];
  for (const folder of new Set(outputs.flatMap(foldersOf))) {
    const place = join(root, folder);
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (stats === undefined) made.push(place);
    else if (!stats.isDirectory())
      throw new CabError('usage', `${folder} is no folder, and outputs belong into it`, {
        hint: 'Move it away.',
        details: { file: place },
      });
  }
  return made;
}

async function stands(
  place: string,
  { sha256, size, mode }: FileFacts,
  digest: DigestFile,
): Promise<boolean> {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.size !== size) return false;
  if (((stats.mode & 0o100) !== 0) !== (mode === 'x')) return false;
  return (await digest(place)) === sha256;
}

async function written(
  { root, open }: Restoration,
  { path, output, mode, sha256 }: FileFacts & { readonly output: string },
): Promise<Waiting> {
  const place = join(root, output);
  const temporary = temporaryBeside(place);
  const file = await open(path);
  try {
    const options = { flags: 'wx', mode: mode === 'x' ? 0o777 : 0o666 };
    if (!(await cloned(file, temporary, sha256, options)))
      await pipeline(file.stream(), createWriteStream(temporary, options));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return { temporary, place };
}

/** Bytes: below it, sharing blocks saves less than trying costs. */
const largeFile = 16 << 20;

/** A private copy that shares its blocks with the store until somebody writes to it (btrfs, XFS). */
async function cloned(
  file: OpenedFile,
  temporary: string,
  sha256: string,
  { flags, mode }: { readonly flags: string; readonly mode: number },
): Promise<boolean> {
  if (file.path === null || file.size < largeFile) return false;
  const made = await openFile(temporary, flags, mode);
  try {
    // A copy takes the permissions of what it is made of, which nobody may write.
    const own = (await made.stat()).mode & 0o777;
    await copyFile(file.path, temporary, constants.COPYFILE_FICLONE_FORCE);
    await chmod(temporary, own);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    await rm(temporary, { force: true });
    return false;
  } finally {
    await made.close();
  }
  if ((await sha256File(temporary)) === sha256) return true;
  await rm(temporary, { force: true });
  return false;
}

function linkAt(place: string): string | undefined {
  const stats = lstatSync(place, { throwIfNoEntry: false });
  return stats?.isSymbolicLink() === true ? readlinkSync(place) : undefined;
}

async function linked(place: string, output: string, link: string): Promise<Waiting> {
  if (!staysInside(output, link))
    throw new CabError(
      'manifest_invalid',
      `the link ${output} leads out of the project, to ${link}`,
    );
  const temporary = temporaryBeside(place);
  await symlink(link, temporary);
  return { temporary, place };
}

/** An empty folder gives way to a file; one with something in it does not. */
async function replace(temporary: string, place: string): Promise<void> {
  try {
    await rename(temporary, place);
  } catch (error) {
    if (errnoOf(error) !== 'EISDIR') throw error;
    await rmdir(place);
    await rename(temporary, place);
  }
}

/** What an output folder holds beside the outputs is gone once the command has made it anew elsewhere; so here. */
async function removeOthers(
  root: string,
  folder: string,
  listed: { readonly outputs: ReadonlySet<string>; readonly folders: ReadonlySet<string> },
): Promise<number> {
  let removed = 0;
  if (lstatSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory() !== true) return 0;
  for (const item of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory()) {
      removed += await removeOthers(root, path, listed);
      const isEmpty = readdirSync(join(root, path)).length === 0;
      if (isEmpty && !listed.folders.has(path)) await rmdir(join(root, path));
    } else if (!listed.outputs.has(path) && !isTemporary(path)) {
      await rm(join(root, path), { force: true });
      removed += 1;
    }
  }
  return removed;
}
