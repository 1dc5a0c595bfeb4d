/** From what the user names (files, folders, patterns) to the files and links that a command reads. */
import { lstatSync, readdirSync, realpathSync, type Stats } from 'node:fs';
import { relative, resolve } from 'node:path';
import { CabError, errnoOf } from '../../../core/model/errors.ts';
import { isOutside, relativePath } from '../../../support/paths/relative-path.ts';
import { exclusion } from './exclusion.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { linksOnTheWay } from './links-on-the-way.ts';
import type { OutputKind } from '../outputs/outputs.ts';
import { isPattern, pathInProject, type Project } from '../project.ts';
import { isTemporary } from '../outputs/temporary-outputs.ts';

export interface InputSelection {
  /** Relative to the working directory; `!` before a pattern leaves out what it matches. */
  readonly named: readonly string[];
  /** False: what `.gitignore` leaves out of a folder counts as well. */
  readonly mindsIgnored: boolean;
  /** Files above the project root are let in. */
  readonly outside: boolean;
  /** Of a path relative to the project root. */
  readonly outputKind: (path: string) => OutputKind | undefined;
}

export interface Selected {
  /** In the order of the bytes of their paths, each once. */
  readonly inputs: readonly SelectedInput[];
  /** Files that would be inputs, if a pattern of the outputs did not match them. */
  readonly overlaps: readonly SelectedInput[];
}

/** A file or a symbolic link that the command reads. */
export interface SelectedInput {
  /** Relative to the project root; with U+FFFD in it if the name is not UTF-8. */
  readonly path: string;
  /** Absolute, as the system has it. */
  readonly place: string | Buffer;
  readonly isLink: boolean;
}

/** @throws CabError usage, input_not_found, input_not_file */
export async function selectInputs(project: Project, selection: InputSelection): Promise<Selected> {
  const search = new InputSearch(project, selection);
  for (const named of selection.named) if (!named.startsWith('!')) await search.add(named);
  return search.found();
}

/** Of `lstat`, or of what a folder lists. */
type FileKind = Pick<Stats, 'isFile' | 'isSymbolicLink'>;

class InputSearch {
  readonly #project: Project;
  readonly #selection: InputSelection;
  readonly #rules: IgnoreRules;
  readonly #isLeftOut: (path: string) => boolean;
  /** By the bytes of the path. */
  readonly #found = new Map<string, SelectedInput>();
  readonly #overlaps = new Map<string, SelectedInput>();
  /** By folder: whether what is ignored was left out there. */
  readonly #walked = new Map<string, boolean>();

  constructor(project: Project, selection: InputSelection) {
    this.#project = project;
    this.#selection = selection;
    this.#rules = new IgnoreRules(project.root);
    this.#isLeftOut = exclusion(project, selection.named);
  }

  found(): Selected {
    const sorted = [...this.#found].sort(([a], [b]) => (a < b ? -1 : 1));
    return { inputs: sorted.map(([, input]) => input), overlaps: [...this.#overlaps.values()] };
  }

  async add(named: string): Promise<void> {
    const place = resolve(this.#project.cwd, named);
    const stats = lookedAt(place);
    if (stats !== undefined) this.#addNamed(named, place, stats);
    else if (isPattern(named)) await this.#addMatches(named);
    else
      throw new CabError('input_not_found', `--input ${named}: there is no such file`, {
        hint: 'Name a file, a folder or a pattern, relative to the working directory.',
        details: { file: place },
      });
  }

  #addNamed(named: string, place: string, stats: Stats): void {
    const path = this.#pathOf(place, named);
    const kind = this.#selection.outputKind(path);
    if (kind === 'named' || (kind !== undefined && !stats.isDirectory()))
      throw bothNamed(path, place);
    // Whoever names what is ignored means it.
    const isIgnored = path !== '.' && this.#rules.isIgnored(`${path}/`);
    const minds = this.#selection.mindsIgnored && !isIgnored;
    if (stats.isDirectory()) this.#walk(Buffer.from(place), path, minds);
    else this.#addOne(place, path, stats, named);
  }

  async #addMatches(pattern: string): Promise<void> {
    const { escapePath, glob } = await import('tinyglobby');
    const { cwd, passedOver } = this.#project;
    const ignore = ['**/.git/**', ...passedOver.map((dir) => `${escapePath(dir)}/**`)];
    const options = { cwd, ignore, absolute: true, expandDirectories: false };
    const places = await glob(pattern, { ...options, followSymbolicLinks: false, dot: true });
    if (places.length === 0)
      throw new CabError('input_not_found', `--input ${pattern}: no file matches it`, {
        hint: 'Quote a pattern, so that the shell leaves it alone; it is relative to the working directory.',
      });
    const isNamed = (place: string): boolean =>
      this.#selection.outputKind(this.#pathOf(place, pattern)) === 'named';
    if (places.every(isNamed)) throw bothNamed(pattern, resolve(cwd, pattern));
    for (const place of places) {
      const stats = lookedAt(place);
      const path = this.#pathOf(place, pattern);
      if (stats !== undefined && !isTemporary(path) && !this.#isOutput(path, place))
        this.#addOne(place, path, stats, pattern);
    }
  }

  #isOutput(path: string, place: string | Buffer): boolean {
    const kind = this.#selection.outputKind(path);
    if (kind === 'matched' && !this.#isLeftOut(path))
      this.#overlaps.set(path, { path, place, isLink: lstatSync(place).isSymbolicLink() });
    return kind !== undefined;
  }

  /** All that is in a folder. Names are bytes: not all are UTF-8. */
  #walk(dir: Buffer, path: string, minds: boolean): void {
    const name = dir.toString('latin1');
    const before = this.#walked.get(name);
    if (before === false || before === minds) return;
    if (this.#project.passedOver.includes(dir.toString())) return;
    this.#walked.set(name, minds);
    for (const item of readable(dir)) {
      const inner = Buffer.concat([dir, slash, item.name]);
      const below = path === '.' ? item.name.toString() : `${path}/${item.name.toString()}`;
      const isFolder = item.isDirectory();
      if (below === '.git' || below.endsWith('/.git')) continue;
      if (minds && this.#rules.isIgnored(isFolder ? `${below}/` : below)) continue;
      if (this.#isLeftOut(below) || isTemporary(below)) continue;
      if (isFolder && this.#selection.outputKind(below) === 'named') continue;
      if (!isFolder && this.#isOutput(below, asText(inner))) continue;
      if (isFolder) this.#walk(inner, below, minds);
      else if (item.isFile() || item.isSymbolicLink())
        this.#addOne(asText(inner), below, item, below);
    }
  }

  #addOne(place: string | Buffer, path: string, stats: FileKind, named: string): void {
    if (this.#isLeftOut(path)) return;
    const isLink = stats.isSymbolicLink();
    if (!isLink && !stats.isFile())
      throw new CabError('input_not_file', `--input ${named}: ${path} is not a regular file`, {
        details: { file: path },
      });
    this.#found.set(keyOf(this.#project.root, place), { path, place, isLink });
    if (isLink && typeof place === 'string') this.#addTarget(place, path, named);
  }

  /** What is read through a link is read as well, and so is each link on the way. */
  #addTarget(place: string, path: string, named: string): void {
    for (const link of linksOnTheWay(place)) {
      const at = relativePath(this.#project.root, link);
      if (isOutside(at) && !this.#selection.outside) continue;
      this.#found.set(keyOf(this.#project.root, link), { path: at, place: link, isLink: true });
    }
    let target: string;
    try {
      target = realpathSync.native(place);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return;
    }
    const at = relativePath(this.#project.root, target);
    if (isOutside(at) && !this.#selection.outside)
      throw new CabError(
        'usage',
        `--input ${named}: ${path} is a link that leads out of the project, to ${target}`,
        {
          hint: `Copy the file, name another, leave it out with --input "!${path}", or let such files in: --input-outside`,
          details: { file: place, target },
        },
      );
    const stats = lookedAt(target);
    if (stats?.isDirectory() === true) this.#walk(Buffer.from(target), at || '.', false);
    else if (stats !== undefined) this.#addOne(target, at, stats, named);
  }

  #pathOf(place: string, named: string): string {
    if (this.#selection.outside) return relativePath(this.#project.root, place) || '.';
    try {
      return pathInProject(this.#project, place, '--input');
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
      const { message, details } = error;
      throw new CabError('usage', message.replace(place, named), {
        hint: `Let it in: --input-outside. ${error.hint}`,
        details,
      });
    }
  }
}

const bothNamed = (named: string, place: string): CabError =>
  new CabError('usage', `${named} is named as an input and as an output`, {
    hint: 'A command that changes what it reads has no result that could be kept. Let it write somewhere else.',
    details: { file: place },
  });

const slash = Buffer.from('/');

/** A folder that cannot be read must not count as one that is empty. */
function readable(dir: Buffer) {
  try {
    return readdirSync(dir, { encoding: 'buffer', withFileTypes: true });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CabError('input_unreadable', `${dir.toString()} cannot be read (${errno})`, {
      cause: error,
      details: { file: dir.toString() },
    });
  }
}

function asText(bytes: Buffer): string | Buffer {
  const text = bytes.toString();
  return Buffer.from(text).equals(bytes) ? text : bytes;
}

/** The bytes of the path relative to the root, as text whose characters are bytes: those sort as the bytes do. */
function keyOf(root: string, place: string | Buffer): string {
  const text = typeof place === 'string' ? Buffer.from(place) : place;
  const bytes = text.toString('latin1');
  const prefix = `${Buffer.from(root).toString('latin1')}/`;
  if (bytes.startsWith(prefix)) return bytes.slice(prefix.length);
  return Buffer.from(relative(root, text.toString())).toString('latin1');
}

function lookedAt(place: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === 'ENOTDIR' || errno === 'ENAMETOOLONG' || errno === 'EINVAL') return undefined;
    throw new CabError('input_unreadable', `${place} cannot be looked at (${errno})`, {
      cause: error,
      details: { file: place },
    });
  }
}
