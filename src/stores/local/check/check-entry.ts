/**
 * Checks one entry for verify: its directory, its manifest, and every file that the manifest names. It is
 * synchronous because it runs in threads that do nothing else, and because a small entry is checked in less time
 * than one trip through the thread pool takes.
 */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type FileNames } from '../../../core/ports/entry-store.ts';
import { manifestFaults } from '../../../core/hashing/manifest-faults.ts';
import { CabError, errnoOf, isCabError } from '../../../core/model/errors.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import { foldersOf } from '../../../core/model/entry/entry-path.ts';
import {
  artifactNamed,
  filesOf,
  type ListedFile,
  type Manifest,
} from '../../../core/model/entry/manifest.ts';
import {
  artifactAmong,
  parseManifest,
  unnamedArtifact,
} from '../../../core/model/entry/manifest-file.ts';
import { readChecked, type Meter, type ReadFile } from './read-file.ts';
import type { EntryOutcome, Problem } from '../../../core/ports/maintenance/entry-checker.ts';

export interface CheckOptions extends FileNames {
  /** The directory that holds all entries. */
  readonly entries: string;
  /** Checks sizes and names only, and reads no artifact. */
  readonly quick: boolean;
}

export function checkEntry(key: EntryKey, options: CheckOptions, meter: Meter): EntryOutcome {
  const dir = `${options.entries}/${key.config_hash}/${key.source_hash}`;
  const look = new Look(key, dir, options, meter);
  try {
    const identity = statSync(dir).ino;
    look.all(readdirSync(dir));
    const { files, bytes, problems, notes } = look;
    return { key, identity, files, bytes, problems, notes };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    if (errno === 'ENOENT')
      return { key, identity: null, files: 0, bytes: 0, problems: [], notes: [] };
    look.problem('unreadable', dir, `the entry cannot be read (${errno})`);
    return { key, identity: null, files: 0, bytes: 0, problems: look.problems, notes: [] };
  }
}

class Look {
  readonly problems: Problem[] = [];
  readonly notes: string[] = [];
  files = 0;
  bytes = 0;
  readonly #key: EntryKey;
  readonly #dir: string;
  readonly #options: CheckOptions;
  readonly #meter: Meter;

  constructor(key: EntryKey, dir: string, options: CheckOptions, meter: Meter) {
    this.#key = key;
    this.#dir = dir;
    this.#options = options;
    this.#meter = meter;
  }

  all(names: readonly string[]): void {
    if (names.length === 0) {
      this.problem('stray', this.#dir, 'an empty directory where an entry belongs');
      return;
    }
    const found = this.#manifest(names);
    if (found === undefined) return;
    const { name, manifest } = found;
    const artifact = artifactNamed(manifest) ?? artifactAmong(names, name, this.#options);
    if (artifact === undefined) {
      const path = `${this.#dir}/${name}`;
      // Only a person may know which file the manifest means.
      this.problem('unreadable', path, messageOf(unnamedArtifact(path), path));
      return;
    }
    const known = new Set([name]);
    const folders = new Set<string>();
    for (const file of filesOf(manifest, artifact)) {
      known.add(file.path);
      for (const folder of foldersOf(file.path)) folders.add(folder);
      this.#checkFile(file);
    }
    this.#checkOthers(names, '', known, folders);
  }

  /**
   * Reports what lies in a folder of the entry and is not in its manifest. If `below` is empty, the folder is the
   * entry.
   */
  #checkOthers(
    names: readonly string[],
    below: string,
    known: ReadonlySet<string>,
    folders: ReadonlySet<string>,
  ): void {
    for (const name of names) {
      const path = below + name;
      if (known.has(path)) continue;
      const place = `${this.#dir}/${path}`;
      if (!folders.has(path)) this.problem('stray', place, 'the manifest names no such file');
      else if (lstatSync(place).isDirectory())
        this.#checkOthers(readdirSync(place), `${path}/`, known, folders);
      else this.problem('corrupt', place, 'the folder is a link or a file');
    }
  }

  problem(
    kind: Problem['class'],
    path: string,
    message: string,
    more: Partial<Problem> = {},
  ): void {
    const place = placeIn(this.#options.entries, path);
    this.problems.push({ class: kind, place, message, expected: null, actual: null, ...more });
  }

  /** The manifest under its usual name, or else the first valid manifest under another name. */
  #manifest(names: readonly string[]): { name: string; manifest: Manifest } | undefined {
    const { manifestName } = this.#options;
    if (names.includes(manifestName)) {
      const manifest = this.#readManifest(manifestName);
      return manifest && { name: manifestName, manifest };
    }
    for (const name of names.filter((other) => other.endsWith('.json')).sort()) {
      const before = this.problems.length;
      const manifest = this.#readManifest(name);
      if (manifest !== undefined) return { name, manifest };
      this.problems.length = before;
    }
    this.problem('missing', `${this.#dir}/${manifestName}`, 'the entry has no manifest');
    return undefined;
  }

  #readManifest(name: string): Manifest | undefined {
    const path = `${this.#dir}/${name}`;
    const read = this.#read(path, 'manifest', true);
    if (read === undefined) return undefined;
    try {
      const bytes = read.bytes ?? readFileSync(path);
      const manifest = parseManifest(bytes, path);
      const { faults, notes } = manifestFaults(manifest, bytes, this.#key);
      for (const fault of faults) this.problem('corrupt', path, fault);
      for (const note of notes) this.notes.push(`${placeIn(this.#options.entries, path)}: ${note}`);
      return manifest;
    } catch (error) {
      if (!isCabError(error, 'manifest_invalid')) throw error;
      this.problem('corrupt', path, messageOf(error, path));
      return undefined;
    }
  }

  #checkFile({ path: name, size, sha256 }: ListedFile): void {
    const path = `${this.#dir}/${name}`;
    const read = this.#read(path, 'file', !this.#options.quick);
    if (read === undefined) return;
    if (read.state === 'moving')
      this.problem('changed_while_reading', path, 'the file was changed while it was read');
    else if (size != null && read.size !== size)
      this.problem('corrupt', path, 'the file has another size than its manifest says', {
        expected: String(size),
        actual: String(read.size),
      });
    else if (read.sha256 !== null && read.sha256 !== sha256)
      this.problem('corrupt', path, 'the bytes do not match the manifest', {
        expected: sha256,
        actual: read.sha256,
      });
  }

  #read(path: string, what: string, content: boolean): ReadFile | undefined {
    try {
      const read = readChecked(path, content, this.#meter);
      if (read.state === 'not a file') {
        this.problem('corrupt', path, `the ${what} is not a regular file`);
        return undefined;
      }
      this.files += 1;
      if (content) this.bytes += read.size;
      return read;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno === 'ENOENT') this.problem('missing', path, `the ${what} is not there`);
      else if (errno === 'ELOOP') this.problem('corrupt', path, `the ${what} is a link`);
      else this.problem('unreadable', path, `the ${what} cannot be read (${errno})`);
      return undefined;
    }
  }
}

/** Every path here lies below the directory of entries. */
const placeIn = (entries: string, path: string): string => `echo${path.slice(entries.length)}`;

const messageOf = ({ message }: CabError, path: string): string =>
  message.replace(`manifest ${path}`, 'the manifest');
