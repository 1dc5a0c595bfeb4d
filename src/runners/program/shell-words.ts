/**
 * Finds the words of a shell line without running it. A runner's version needs them, to know which files the line
 * reads. Each of these names one: `$PWD/tool.sh`, `~/tool.sh`, `T=./tool.sh; sh $T`, `cd tools && ./run.sh` and `sh
 * -c './tool.sh'`. A word with a part that only the shell knows (`$1`, `$(date)`) is left out.
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
  /** Without quotes, and with variables replaced. */
  readonly text: string;
  /** The directory that a relative path in it starts from. */
  readonly base: string;
  /** Whether it names a command, or follows a command that runs another (`env`, `xargs`). */
  readonly isCommand: boolean;
  /** Whether it names the script that an interpreter runs: `sh FILE`, `. FILE`. */
  readonly isScript: boolean;
  /** The folders in which programs are searched: `PATH`, as the line has set it. */
  readonly path: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface ShellPlace {
  readonly cwd: string;
  readonly env: Variables;
  /** The absolute path of the script, if the text is one. The script names itself `$0` and `$BASH_SOURCE`. */
  readonly script?: string;
}

/**
 * Leaves out words that the line writes to: those after `>`, and operands of `tee` and similar commands. A file that
 * the line writes is not part of its code, even if it also reads it: the file keeps data from one run to the next. If
 * the line runs the file, it counts.
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

/** A command substitution, with nested ones. */
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
/** The parts of a double-quoted text, including those that are replaced. */
const quotedPart = new RegExp(
  String.raw`${substituted}|\`[^\`]*\`|\$\{[^}]*\}|\$\w+|\\[^]|[^]`,
  'g',
);

class Lexer {
  readonly #vars: Record<string, string | undefined>;
  readonly #found: ShellWord[] = [];
  /** Absolute paths of files that the line writes. */
  readonly #written: Set<string>;
  #base: string;
  readonly #outer: string[] = [];
  /** Words of the current command, empty for unknown words. */
  #command: string[] = [];
  readonly #commands: (readonly string[])[] = [];
  /** The meaning of the next word after `>` or `<`. */
  #redirected: 'written' | 'read' | undefined;
  /** The current word: undefined between words, null if a part of it is unknown. */
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

  /** Null if only the shell knows the value. */
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

/** A variable, with its default for an empty value, or with its last part cut off (`${0%/*}`). */
const variable =
  /^\$\{?(?<name>[A-Za-z_]\w*|0)(?:\[0\])?(?:(?<folder>%\/\*)|:?[-=](?<other>[^}]*))?\}?$/;

/** The names that a script has for itself. In a line that is no script, only the shell knows them. */
const isOwnName = (name: string): boolean => name === '0' || name === 'BASH_SOURCE';
