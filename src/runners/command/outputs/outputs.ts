/** What a command made, of what it was asked for: files, folders and patterns, relative to the project root. */
import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import picomatch from 'picomatch';
import { foldersOf, isEntryPath, staysInside } from '../../../core/model/entry/entry-path.ts';
import { CabError } from '../../../core/model/errors.ts';
import { runFiles } from '../../../core/model/command/run-record.ts';
import type { OutputFile } from '../../../core/ports/runner.ts';
import { isWithin } from '../../../support/paths/real-place.ts';
import { isPattern, pathInProject, type Project } from '../project.ts';
import { isTemporary, temporaryPattern } from './temporary-outputs.ts';

export interface MadeOutputs {
  readonly files: readonly OutputFile[];
  /** Relative to the project root; so are `folders`, which were named as such. */
  readonly paths: readonly string[];
  readonly folders: readonly string[];
}

/** As they enter the key: relative to the project root, each once, sorted. @throws CabError usage */
export function outputsInProject(project: Project, named: readonly string[]): string[] {
  const paths = named.map((name) => {
    const path = pathInProject(project, name, 'the output');
    if (path === '.')
      throw new CabError('usage', `--output ${name} is the whole project`, {
        hint: 'Name a folder in it, a file or a pattern.',
      });
    refuseReserved(project, path, name);
    return path;
  });
  return [...new Set(paths)].sort();
}

/** A hit removes from an output folder what the result does not have: never from the store, or from what git keeps. */
function refuseReserved({ root, passedOver }: Project, path: string, name: string): void {
  const place = join(root, path);
  const store = passedOver.find((dir) => isAt(dir, place) || isAt(place, dir));
  const isGits = path.split('/').includes('.git');
  if (store === undefined && !isGits) return;
  const what = isGits ? 'belongs to git' : `holds the store, ${store ?? ''}, or lies in it`;
  throw new CabError('usage', `--output ${name} ${what}`, {
    hint: 'Let the command write to another folder, and name that.',
    details: { file: place },
  });
}

const isAt = (dir: string, place: string): boolean => place === dir || isWithin(dir, place);

/** `named`: an output, or in one that is a folder. `matched`: a file that a pattern of the outputs matches. */
export type OutputKind = 'named' | 'matched';

/** Of a path relative to the project root; undefined for one that is no output. */
export function outputKinds(outputs: readonly string[]): (path: string) => OutputKind | undefined {
  const literal = new Set(outputs);
  const patterns = outputs.filter(isPattern).map((output) => picomatch(output, { dot: true }));
  return (path) => {
    if ([path, ...foldersOf(path)].some((each) => literal.has(each))) return 'named';
    return patterns.some((isMatch) => isMatch(path)) ? 'matched' : undefined;
  };
}

/** @throws CabError runner_result_invalid for one that is not there, and for what cannot be kept */
export async function madeOutputs(
  project: Project,
  outputs: readonly string[],
): Promise<MadeOutputs> {
  const made = new Map<string, OutputFile>();
  const folders: string[] = [];
  for (const output of outputs) {
    const stats = lstatSync(join(project.root, output), { throwIfNoEntry: false });
    refuseLinkOnTheWay(project.root, output);
    if (stats?.isDirectory() === true) addFolders(project.root, output, folders);
    const places = stats === undefined ? await matchesOf(project, output) : [output];
    if (places.length === 0) throw missing(output);
    for (const path of places) addAll(project.root, path, made);
  }
  const paths = [...made.keys()].sort();
  return { files: paths.flatMap((path) => made.get(path) ?? []), paths, folders };
}

/** The folder itself, and those in it that are empty: all others come with what is in them. */
function addFolders(root: string, folder: string, folders: string[]): void {
  folders.push(folder);
  for (const item of readdirSync(join(root, folder), { withFileTypes: true })) {
    if (!item.isDirectory()) continue;
    const path = `${folder}/${item.name}`;
    const below: string[] = [];
    addFolders(root, path, below);
    const isEmpty = below.length === 1 && readdirSync(join(root, path)).length === 0;
    folders.push(...(isEmpty ? below : below.slice(1)));
  }
}

/** Through such a link the output lies somewhere else, where a hit would not bring it. */
function refuseLinkOnTheWay(root: string, output: string): void {
  for (const folder of foldersOf(output)) {
    const stats = lstatSync(join(root, folder), { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true)
      throw invalid(
        `the output ${output} lies behind ${folder}, which is a link`,
        'Name it by the folder that the link leads to.',
        output,
      );
  }
}

const missing = (output: string): CabError =>
  invalid(
    isPattern(output)
      ? `no output matches ${output}`
      : `the output ${output} is not there after the command has ended`,
    'Check the name; it is relative to the working directory.',
    output,
  );

async function matchesOf({ root, passedOver }: Project, output: string): Promise<string[]> {
  if (!isPattern(output)) return [];
  const { escapePath, glob } = await import('tinyglobby');
  const ignore = [
    '**/.git/**',
    `**/${temporaryPattern}`,
    ...passedOver.map((dir) => `${escapePath(dir)}/**`),
  ];
  const options = { cwd: root, ignore, dot: true, expandDirectories: false };
  return (await glob(output, { ...options, followSymbolicLinks: false })).sort();
}

/** A file, a link, or all that is in a folder. */
function addAll(root: string, path: string, made: Map<string, OutputFile>): void {
  const place = join(root, path);
  const stats = lstatSync(place);
  if (isTemporary(path)) return;
  if (!isEntryPath(path) || path.includes('\uFFFD'))
    throw invalid(`the name of the output ${path} is not UTF-8`, 'Rename it.', path);
  if (stats.isDirectory())
    for (const name of readdirSync(place)) addAll(root, `${path}/${name}`, made);
  else made.set(path, outputAt(root, path, place, stats));
}

function outputAt(root: string, path: string, place: string, stats: Stats): OutputFile {
  const inEntry = `${runFiles.outputs}/${path}`;
  if (stats.isFile()) return { path: inEntry, from: place };
  if (!stats.isSymbolicLink())
    throw invalid(`the output ${path} is neither a file nor a link`, 'Leave it out.', path);
  const target = readlinkSync(place);
  const link = target.startsWith('/') ? relative(dirname(place), target) : target;
  if (target.startsWith('/') && !isWithin(root, target)) throw leadsOut(path, target);
  if (!staysInside(path, link)) throw leadsOut(path, target);
  return { path: inEntry, link };
}

const leadsOut = (path: string, target: string): CabError =>
  invalid(
    `the output ${path} is a link that leads out of the project, to ${target}`,
    'Let the command copy the file, or link to one in the project.',
    path,
  );

const invalid = (message: string, hint: string, file: string): CabError =>
  new CabError('runner_result_invalid', message, { hint, details: { file } });
