import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256File, sha256 } from '../../core/hashing/digest.ts';
import { errnoOf } from '../../core/model/errors.ts';
import { isSettled } from '../../core/hashing/fingerprint.ts';
import { OncePerTurn } from '../../support/once-per-turn.ts';

/** What can be read from a source file without running it. */
export interface Language {
  /** Matches the author's version, in the group `version`. */
  readonly version: RegExp;
  /** Whether an imported file is source code too. Any other file counts only by its bytes. */
  readonly isSource: (file: string) => boolean;
  /** Paths that the imports of `file` may mean. A path without a file does no harm. */
  readonly imports: (
    file: string,
    source: string,
  ) => readonly string[] | Promise<readonly string[]>;
}

export interface CodeVersion {
  /** The author's version, or else `digest`. */
  readonly version: string;
  /** Digest of the file and of all local files that it imports. It does not depend on where they lie. */
  readonly digest: string;
  /** Absolute paths of these files. */
  readonly files: readonly string[];
  /**
   * Changes with each write to one of the files, even if the content stays the same. So code that was loaded under a
   * stamp is the code of that stamp.
   */
  readonly stamp: string;
  /** By path, the file itself first. */
  readonly sources: ReadonlyMap<string, string>;
}

interface Known extends CodeVersion {
  /** The folders that were searched: an import may now mean a new file in one of them. */
  readonly folders: readonly string[];
  readonly foldersState: string;
  readonly isSettled: boolean;
}

/** Source code on disk. It is read again only if one of its files changed. Jobs that ask in one turn share one look. */
export class SourceCode {
  readonly #entry: string;
  readonly #language: Language;
  #known: Known | undefined;
  #reading: Promise<Known> | undefined;
  readonly #looks = new OncePerTurn(() => this.#look());

  constructor(entry: string, language: Language) {
    this.#entry = entry;
    this.#language = language;
  }

  /** Throws the system's error if the file itself cannot be read. */
  version(): Promise<CodeVersion> {
    return this.#looks.ask(undefined);
  }

  async #look(): Promise<CodeVersion> {
    if (this.#known !== undefined && isCurrent(this.#known)) return this.#known;
    // At most twice: a read that another call began may have begun before the latest change.
    for (let tries = 0; tries < 2; tries += 1) {
      this.#known = await (this.#reading ??= this.#read().finally(
        () => (this.#reading = undefined),
      ));
      if (isCurrent(this.#known)) break;
    }
    return this.#known ?? this.#read();
  }

  async #read(): Promise<Known> {
    const gathered = new Gathered();
    await gathered.add(this.#entry, true);
    for (const [file, source] of gathered.sources) {
      for (const imported of await this.#language.imports(file, source))
        await gathered.addIfFile(imported, this.#language.isSource(imported));
    }
    const digest = `sha256:${sha256(gathered.digests.join('\n'))}`;
    const author = this.#language.version.exec(gathered.sources.get(this.#entry) ?? '');
    return { ...gathered.facts(), digest, version: author?.groups?.['version'] ?? digest };
  }
}

const isCurrent = ({ files, stamp, folders, foldersState, isSettled: settled }: Known): boolean =>
  settled && statesOf(files) === stamp && statesOf(folders) === foldersState;

class Gathered {
  readonly sources = new Map<string, string>();
  readonly digests: string[] = [];
  readonly #states = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  #isSettled = true;

  async addIfFile(file: string, isSource: boolean): Promise<void> {
    if (this.#states.has(file)) return;
    // Recorded before the file is searched, so that the next call notices a file that appears in between.
    const folder = dirname(file);
    if (!this.#folders.has(folder)) this.#folders.set(folder, this.#state(folder));
    try {
      await this.add(file, isSource);
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes(errnoOf(error) ?? '')) throw error;
    }
  }

  async add(file: string, isSource: boolean): Promise<void> {
    // Taken before the file is read, so that the next call notices a change in between.
    const state = this.#state(file);
    const content = isSource ? await readFile(file) : undefined;
    this.digests.push(content === undefined ? await sha256File(file) : sha256(content));
    this.#states.set(file, state);
    if (content !== undefined) this.sources.set(file, content.toString());
  }

  facts() {
    return {
      sources: this.sources,
      files: [...this.#states.keys()],
      stamp: [...this.#states.values()].join(),
      folders: [...this.#folders.keys()],
      foldersState: [...this.#folders.values()].join(),
      isSettled: this.#isSettled,
    };
  }

  #state(path: string): string {
    const takenAt = Date.now();
    const stats = statsOf(path);
    if (stats !== undefined && !isSettled(stats, takenAt)) this.#isSettled = false;
    return stateOf(stats);
  }
}

const statesOf = (paths: readonly string[]): string =>
  paths.map((path) => stateOf(statsOf(path))).join();

/** Synchronous, because it is called several times a job: through the thread pool it would take ten times as long. */
function statsOf(path: string) {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function stateOf(stats: ReturnType<typeof statsOf>): string {
  if (stats === undefined) return 'gone';
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return [ino, size, mtimeNs, ctimeNs].join(':');
}
