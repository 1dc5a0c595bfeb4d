import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { errnoOf } from '../core/errors.ts';
import { sha256 } from '../core/hashing/digest.ts';

/** What a source file tells without being run. */
export interface Language {
  /** The version that the author wrote down, as the pattern's group `version`. */
  readonly version: RegExp;
  /** Places where the files that `file` imports may lie; a place where there is none does no harm. */
  readonly imports: (file: string, source: string) => readonly string[];
}

export interface CodeVersion {
  /** The author's version, else `digest`. */
  readonly version: string;
  /** Of the file and of all local files that it imports; the same wherever they lie. */
  readonly digest: string;
}

/** Source code on disk, re-read only when one of its files changed. */
export class SourceCode {
  readonly #entry: string;
  readonly #language: Language;
  #known: { readonly state: string; readonly files: readonly string[] } & CodeVersion = {
    ...{ state: '', files: [], version: '', digest: '' },
  };

  #reading: Promise<void> | undefined;

  constructor(entry: string, language: Language) {
    this.#entry = entry;
    this.#language = language;
  }

  /** Throws the system's error where the file itself cannot be read. */
  async version(): Promise<CodeVersion> {
    // Twice at most: a reading that others began may have begun before the latest change.
    for (let tries = 0; tries < 2 && !this.#isCurrent(); tries += 1)
      await (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
    return this.#known;
  }

  #isCurrent(): boolean {
    const { files, state } = this.#known;
    return files.length > 0 && stateOf(files) === state;
  }

  async #read(): Promise<void> {
    // Taken before each file is read: a change in between is then seen the next time.
    const states = [fileState(this.#entry)];
    const sources = new Map([[this.#entry, await readFile(this.#entry, 'utf8')]]);
    for (const [file, source] of sources)
      for (const imported of this.#language.imports(file, source))
        if (!sources.has(imported)) {
          const state = fileState(imported);
          const found = await readIfFile(imported);
          if (found === undefined) continue;
          sources.set(imported, found);
          states.push(state);
        }
    const files = [...sources.keys()];
    const digest = `sha256:${sha256([...sources.values()].map(sha256).join('\n'))}`;
    const author = this.#language.version.exec(sources.get(this.#entry) ?? '')?.groups?.['version'];
    this.#known = { state: states.join(), files, digest, version: author ?? digest };
  }
}

const stateOf = (files: readonly string[]): string => files.map(fileState).join();

/** Asked several times a job: through the thread pool it would take ten times as long. */
function fileState(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return 'gone';
  const { ino, size, mtimeNs, ctimeNs } = stats;
  return [ino, size, mtimeNs, ctimeNs].join(':');
}

async function readIfFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}
