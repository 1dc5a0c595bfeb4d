/**
 * The words of a shell line, as far as they can be known without running it. For a runner's version: which files does the
 * line read, however they are spelled? `$PWD/tool.sh`, `~/tool.sh`, `T=./tool.sh; sh $T`, `cd tools && ./run.sh` and
 * `sh -c './tool.sh'` all name one. A word with a part that only the shell knows (`$1`, `$(date)`) is left out.
 */
import { basename, dirname, resolve } from 'node:path';
import {
  assigns,
  copiers,
  interpreters,
  keywords,
  looks,
  moduleFiles,
  printed,
  runsAnother,
  writes,
} from './shell-commands.ts';

export interface ShellWord {
  /** Quotes removed, variables put in. */
  readonly text: string;
  /** The directory that a relative path in it begins at. */
  readonly base: string;
  /** It names a command, or follows one that runs another (`env`, `xargs`). */
  readonly isCommand: boolean;
  /** It names the script that an interpreter is to run: `sh FILE`, `. FILE`. */
  readonly isScript: boolean;
  /** Where programs are found: `PATH`, as the line has set it. */
  readonly path: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface ShellPlace {
  readonly cwd: string;
  readonly env: Variables;
  /** The absolute path of the script that the text is; it names itself `$0` and `$BASH_SOURCE`. */
  readonly script?: string;
}

/**
 * Without words that are written to: those behind `>`, and operands of `tee` and its like. A file that the line writes is
 * no code of it, also where it reads it: it keeps something there from one run to the next. Unless it runs it.
 */
export function shellWords(line: string, { cwd, env, script }: ShellPlace): ShellWord[] {
  const written = new Set<string>();
  const self = script === undefined ? {} : { 0: script, BASH_SOURCE: script };
  const words = new Lexer(cwd, { ...env, ...self, PWD: cwd }, written).words(line);
  return words.filter(
    ({ base, text, isCommand, isScript }) =>
      isCommand || isScript || !written.has(resolve(base, text)),
  );
}

/** A command substitution, with those within it. */
const substitution = (levels: number): string =>
  String.raw`\$\(` + nested(levels) + String.raw`*\)`;
const nested = (levels: number): string =>
  levels === 0 ? '[^()]' : String.raw`(?:[^()]|\(` + nested(levels - 1) + String.raw`*\))`;
const substituted = substitution(4);

const begins = String.raw`(?<=^|[\s;&|()])`;
const token = new RegExp(
  [
    String.raw`(?<space>[ \t\r]+|\\\n)`,
    String.raw`(?<comment>${begins}#[^\n]*)`,
    String.raw`(?<write>&>>?|(?:${begins}\d+)?(?:>>|>\||>&|<>|>))`,
    String.raw`(?<read>(?:${begins}\d+)?<<?<?[-&]?)`,
    String.raw`(?<end>[;&|\n]+|[(){}])`,
    `'(?<single>[^']*)'?`,
    String.raw`"(?<double>(?:${substituted}|[^"\\]|\\[^])*)"?`,
    String.raw`(?<part>${substituted}|\`[^\`]*\`|\$\{[^}]*\}|\$\w+|\$[^\w\s"'(]|\\?[^])`,
  ].join('|'),
  'g',
);
/** What is put into a double-quoted text. */
const quotedPart = new RegExp(
  String.raw`${substituted}|\`[^\`]*\`|\$\{[^}]*\}|\$\w+|\\[^]|[^]`,
  'g',
);

class Lexer {
  readonly #vars: Record<string, string | undefined>;
  readonly #found: ShellWord[] = [];
  /** Absolute paths. */
  readonly #written: Set<string>;
  #base: string;
  readonly #outer: string[] = [];
  /** Words of the command under way, empty for those that are not known. */
  #command: string[] = [];
  readonly #commands: (readonly string[])[] = [];
  /** How the next word is meant, behind `>` or `<`. */
  #redirected: 'written' | 'read' | undefined;
  /** The word under way: undefined between words, null if a part of it is not known. */
  #word: string | null | undefined;

  constructor(base: string, vars: Variables, written: Set<string>) {
    this.#base = base;
    this.#vars = { ...vars };
    this.#written = written;
  }

  words(line: string): ShellWord[] {
    for (const { groups = {} } of line.matchAll(token)) {
      const { space, comment, write, read, end, single, double, part } = groups;
      if (space !== undefined || comment !== undefined) this.#endWord();
      else if (write !== undefined || read !== undefined)
        this.#redirect(write === undefined ? 'read' : 'written');
      else if (end !== undefined) this.#endCommand(end);
      else if (single !== undefined) this.#append(single);
      else if (double !== undefined) this.#appendQuoted(double);
      else this.#append(this.#unquoted(part ?? ''));
    }
    this.#endCommand('');
    return this.#found;
  }

  /** What the line prints if it is a command substitution. */
  printed(): string | null {
    return printed(this.#commands, this.#base);
  }

  #append(text: string | null): void {
    this.#word = this.#word === null || text === null ? null : (this.#word ?? '') + text;
  }

  #appendQuoted(text: string): void {
    this.#append('');
    for (const [part] of text.matchAll(quotedPart)) this.#append(this.#expanded(part));
  }

  #unquoted(part: string): string | null {
    const isHome = part === '~' && (this.#word === undefined || this.#word?.endsWith('=') === true);
    return isHome ? (this.#vars['HOME'] ?? null) : this.#expanded(part);
  }

  /** Null for what only the shell knows. */
  #expanded(part: string): string | null {
    if (part.startsWith('\\')) return part === '\\\n' ? '' : part.slice(1);
    const inner = /^(?:\$\(([^]*)\)|`([^]*)`)$/.exec(part);
    if (inner !== null) return this.#readWithin(inner[1] ?? inner[2] ?? '');
    if (!part.startsWith('$') || part === '$') return part;
    const found = variable.exec(part)?.groups;
    const { name, folder, other = '' } = found ?? {};
    if (name === undefined || name.startsWith('CAB_')) return null;
    const value = this.#vars[name];
    if (value === undefined && isOwnName(name)) return null;
    return folder === undefined ? (value ?? other) : dirname(value ?? '');
  }

  #readWithin(line: string): string | null {
    const lexer = new Lexer(this.#base, this.#vars, this.#written);
    this.#found.push(...lexer.words(line));
    return lexer.printed();
  }

  #redirect(how: 'written' | 'read'): void {
    this.#endWord();
    this.#redirected = how;
  }

  #endCommand(separator: string): void {
    this.#endWord();
    this.#redirected = undefined;
    const [name = '', ...operands] = this.#command;
    const last = operands.at(-1);
    if (copiers.has(basename(name)) && operands.length > 1 && last !== undefined)
      this.#written.add(resolve(this.#base, last));
    const folder = operands.find((word) => !word.startsWith('-'));
    if (name === 'cd' && folder !== undefined) this.#base = resolve(this.#base, folder);
    if (this.#command.length > 0) this.#commands.push(this.#command);
    this.#command = [];
    if (separator === '(') this.#outer.push(this.#base);
    if (separator === ')') this.#base = this.#outer.pop() ?? this.#base;
  }

  #endWord(): void {
    const text = this.#word;
    this.#word = undefined;
    if (text === undefined) return;
    const how = this.#redirected;
    this.#redirected = undefined;
    if (how === 'written') this.#write(text);
    else if (how === 'read') this.#find(text, {});
    else if (text === null) this.#command.push('');
    else this.#take(text);
  }

  #write(text: string | null): void {
    if (text !== null) this.#written.add(resolve(this.#base, text));
  }

  #find(text: string | null, as: Partial<Pick<ShellWord, 'isCommand' | 'isScript'>>): void {
    if (text === null) return;
    const path = this.#vars['PATH'];
    this.#found.push({ text, base: this.#base, isCommand: false, isScript: false, path, ...as });
  }

  #take(text: string): void {
    const command = this.#command;
    const isFirst = command.length === 0;
    if (isFirst && keywords.has(text)) return;
    const name = basename(command[0] ?? '');
    const assigned =
      isFirst || assigns.has(name)
        ? /^(?<name>[A-Za-z_]\w*)=(?<value>[^]*)$/.exec(text)?.groups
        : undefined;
    if (assigned?.['name'] !== undefined) this.#vars[assigned['name']] = assigned['value'];
    if (assigned === undefined || !isFirst) command.push(text);
    if (/[\s;|&]/.test(text)) this.#readWithin(text);
    if (!isFirst && looks.has(name)) return;
    if (writes(command)) {
      this.#write(text.replace(/^(?:of|--output)=/, ''));
      return;
    }
    const operands = command.slice(1).filter((word) => !word.startsWith('-'));
    this.#find(text, {
      isCommand: assigned === undefined && (isFirst || runsAnother.has(name)),
      isScript:
        !isFirst && interpreters.test(name) && operands.length === 1 && operands[0] === text,
    });
    for (const file of moduleFiles(command)) this.#find(file, { isScript: true });
  }
}

/** A variable, with what stands for it where it is empty, or with its last part cut off (`${0%/*}`). */
const variable =
  /^\$\{?(?<name>[A-Za-z_]\w*|0)(?:\[0\])?(?:(?<folder>%\/\*)|:?[-=](?<other>[^}]*))?\}?$/;

/** What a script calls itself; in a line of its own only the shell knows. */
const isOwnName = (name: string): boolean => name === '0' || name === 'BASH_SOURCE';
