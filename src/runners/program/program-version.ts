/**
 * The version of a command: a digest of its words. A word that names a file counts by the file's content, not by its
 * path. A script counts with all that it imports. A program on PATH counts by name and content.
 */
import { open } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { basename, delimiter, dirname, extname, isAbsolute, resolve } from 'node:path';
import type { DigestFile } from '../../core/model/runner/runner-identity.ts';
import { errnoOf } from '../../core/model/errors.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import { javaScript } from '../code/javascript-source.ts';
import { python, pythonSearchPath } from '../code/python-source.ts';
import { shebangWords } from '../process/shebang.ts';
import { builtins, moduleFiles, runsAnother } from './shell-commands.ts';
import { shellWords, type ShellPlace, type ShellWord } from './shell-words.ts';
import { SourceCode, type Language } from '../code/source-code.ts';

export interface ProgramVersion {
  readonly version: string;
  /** Absolute paths of all files that the version was made from. */
  readonly files: readonly string[];
}

/** @param words the arguments as the program gets them, the program itself first */
export async function execVersion(
  words: readonly string[],
  place: ShellPlace,
  digest: DigestFile,
): Promise<ProgramVersion> {
  const code = new ProgramCode(place, digest);
  const [command = ''] = words;
  const told = words.map((text, index) => ({
    ...{ text, base: place.cwd, isScript: false, path: place.env['PATH'] },
    isCommand: index === 0 || runsAnother.has(basename(command)),
  }));
  const parts: string[][] = [];
  for (const [index, word] of told.entries()) {
    parts.push((await code.part(word, index === 0)) ?? [word.text]);
    for (const file of moduleFiles(words.slice(0, index + 1)))
      parts.push((await code.part({ ...word, text: file, isScript: true })) ?? []);
  }
  return code.versionOf(parts.filter((part) => part.length > 0));
}

/** The line counts as written, without the folders of the files that it reads. */
export async function shellVersion(
  line: string,
  place: ShellPlace,
  digest: DigestFile,
): Promise<ProgramVersion> {
  const code = new ProgramCode(place, digest);
  let written = line;
  const parts: string[][] = [];
  for (const word of shellWords(line, place)) {
    const isCommand = word.isCommand && !builtins.has(word.text);
    const part = await code.part({ ...word, isCommand });
    if (part === undefined) continue;
    parts.push(part);
    if (isAbsolute(word.text)) written = written.replaceAll(word.text, basename(word.text));
  }
  return code.versionOf([[written], ...parts]);
}

/** Collects the files that one version is made from. */
class ProgramCode {
  readonly #place: ShellPlace;
  readonly #digest: DigestFile;
  readonly #files = new Set<string>();

  constructor(place: ShellPlace, digest: DigestFile) {
    this.#place = place;
    this.#digest = digest;
  }

  versionOf(parts: readonly (readonly string[])[]): ProgramVersion {
    return { version: `sha256:${sha256(JSON.stringify(parts))}`, files: [...this.#files] };
  }

  /**
   * The word with digests; undefined if it names no file. `onPath`: searches only PATH, as the
   * system does for programs.
   */
  async part(word: ShellWord, onPath = false): Promise<string[] | undefined> {
    const { text } = word;
    if (!onPath || text.includes('/'))
      // `--file=NAME` and `-fNAME` also name a file.
      for (const path of new Set([text, text.replace(/^[^=]*=/, ''), text.replace(/^-\w/, '')])) {
        const file = resolve(word.base, path);
        if (path === '' || !isFile(file)) continue;
        const shown = isAbsolute(path) ? basename(path) : path;
        const isRun = word.isCommand || word.isScript;
        return [
          text.slice(0, text.length - path.length) + shown,
          ...(await this.#code(file, isRun)),
        ];
      }
    const program = word.isCommand ? this.#onPath(text, word) : undefined;
    return program === undefined ? undefined : [text, await this.#plain(program)];
  }

  /** Digests of a file and of the code that it uses. */
  async #code(file: string, isRun: boolean): Promise<string[]> {
    if (this.#files.has(file)) return [];
    const language = this.#languageOf(file);
    if (language !== undefined) return [await this.#source(file, language)];
    const own = await this.#plain(file);
    if (!isRun) return [own];
    const { shebang, text } = await beginningOf(file);
    const parts = [own];
    for (const name of shebang) {
      const onPath = { base: this.#place.cwd, path: this.#place.env['PATH'] };
      const program = name.includes('/') ? name : this.#onPath(name, onPath);
      if (program !== undefined && isFile(program)) parts.push(name, await this.#plain(program));
    }
    if (shells.test(shebang.at(-1) ?? '') || extname(file) === '.sh')
      parts.push(...(await this.#sourced(file, text)));
    return parts;
  }

  /** Digests of what a shell script runs and reads as code. The data files that it works on do not count. */
  async #sourced(script: string, text: string): Promise<string[]> {
    const parts: string[] = [];
    const { PATH } = this.#place.env;
    for (const word of shellWords(text, { ...this.#place, script }))
      if (word.isScript || (word.isCommand && (word.text.includes('/') || word.path !== PATH)))
        parts.push(...((await this.part(word)) ?? []));
    return parts;
  }

  async #source(file: string, language: Language): Promise<string> {
    const { digest, files } = await new SourceCode(file, language).version();
    for (const one of files) this.#files.add(one);
    return digest;
  }

  async #plain(file: string): Promise<string> {
    this.#files.add(file);
    return this.#digest(file);
  }

  #languageOf(file: string): Language | undefined {
    if (/\.[cm]?[jt]s$/.test(file)) return javaScript;
    if (!file.endsWith('.py')) return undefined;
    const { cwd, env } = this.#place;
    const [, ...onPath] = pythonSearchPath(cwd, env['PYTHONPATH']);
    return python({ searchPath: [dirname(file), ...onPath] });
  }

  #onPath(name: string, { base, path = '' }: Pick<ShellWord, 'base' | 'path'>) {
    if (!/^[\w.+-]+$/.test(name) || name.startsWith('-')) return undefined;
    const folders = path.split(delimiter);
    return folders.map((folder) => resolve(base, folder, name)).find(isProgram);
  }
}

const shells = /^(?:.*\/)?(?:ba|da|k|z)?sh$/;

/**
 * The words after `#!`, without options, and the text of a script. For a file that is not text,
 * there are no such words.
 */
async function beginningOf(file: string): Promise<{ shebang: string[]; text: string }> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(
      Buffer.alloc(longestScript),
      0,
      longestScript,
      0,
    );
    const text = buffer.toString('utf8', 0, bytesRead);
    return {
      shebang: shebangWords(text)
        .filter((word) => !word.startsWith('-'))
        .slice(0, 2),
      text,
    };
  } finally {
    await handle.close();
  }
}

/** Bytes. */
const longestScript = 1 << 16;

function statsOf(file: string) {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

const isFile = (file: string): boolean => statsOf(file)?.isFile() === true;

function isProgram(file: string): boolean {
  const stats = statsOf(file);
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0;
}

/** The command for people: absolute paths shortened to their last part, white space to single spaces. */
export function programName(command: string): string {
  const absolutePath = /(?<=^|[\s'"=:(;|&<>])\/[^\s'"`;|&<>(){}]*/g;
  return command.replace(absolutePath, (path) => basename(path) || '/').replace(/\s+/g, ' ');
}
