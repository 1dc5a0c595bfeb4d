/**
 * The words of a shell line, as far as they can be known without running it. For a runner's version: which files does the
 * line read, however they are spelled? `$PWD/tool.sh`, `~/tool.sh`, `T=./tool.sh; sh $T`, `cd tools && ./run.sh` and
 * `sh -c './tool.sh'` all name one. A word with a part that only the shell knows (`$1`, `$(date)`) is left out.
 */
import { basename, resolve } from 'node:path';

export interface ShellWord {
  /** Quotes removed, variables put in. */
  readonly text: string;
  /** The directory that a relative path in it begins at. */
  readonly base: string;
  /** It names a command, or follows one that runs another (`env`, `xargs`). */
  readonly isCommand: boolean;
  /** It names the script that an interpreter is to run: `sh FILE`, `. FILE`. */
  readonly isScript: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

export interface ShellPlace {
  readonly cwd: string;
  readonly env: Variables;
}

/**
 * Without words that are written to: those behind `>`, and operands of `tee` and its like. A file that the line writes is
 * no code of it, also where it reads it: it keeps something there from one run to the next.
 */
export function shellWords(line: string, { cwd, env }: ShellPlace): ShellWord[] {
  const written = new Set<string>();
  const words = new Lexer(cwd, { ...env, PWD: cwd }, written).words(line);
  return words.filter(({ base, text }) => !written.has(resolve(base, text)));
}

const begins = String.raw`(?<=^|[\s;&|()])`;
const token = new RegExp(
  [
    String.raw`(?<space>[ \t\r]+|\\\n)`,
    String.raw`(?<comment>${begins}#[^\n]*)`,
    String.raw`(?<write>&>>?|(?:${begins}\d+)?(?:>>|>\||>&|<>|>))`,
    String.raw`(?<read>(?:${begins}\d+)?<<?<?[-&]?)`,
    String.raw`(?<end>[;&|\n]+|[(){}])`,
    `'(?<single>[^']*)'?`,
    String.raw`"(?<double>(?:[^"\\]|\\[^])*)"?`,
    String.raw`(?<part>\$\((?:[^()]|\([^()]*\))*\)|\`[^\`]*\`|\$\{[^}]*\}|\$\w+|\$[^\w\s"'(]|\\?[^])`,
  ].join('|'),
  'g',
);
/** What is put into a double-quoted text. */
const quotedPart = /\$\((?:[^()]|\([^()]*\))*\)|`[^`]*`|\$\{[^}]*\}|\$\w+|\\[^]|[^]/g;

class Lexer {
  readonly #vars: Record<string, string | undefined>;
  readonly #found: ShellWord[] = [];
  /** Absolute paths. */
  readonly #written: Set<string>;
  #base: string;
  readonly #outer: string[] = [];
  /** Words of the command under way. */
  #command: string[] = [];
  #isWritten = false;
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
      else if (write !== undefined || read !== undefined) this.#redirect(write !== undefined);
      else if (end !== undefined) this.#endCommand(end);
      else if (single !== undefined) this.#append(single);
      else if (double !== undefined) this.#appendQuoted(double);
      else this.#append(this.#unquoted(part ?? ''));
    }
    this.#endCommand('');
    return this.#found;
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
    if (inner !== null) {
      this.#readWithin(inner[1] ?? inner[2] ?? '');
      return null;
    }
    if (!part.startsWith('$') || part === '$') return part;
    const found = /^\$\{?(?<name>[A-Za-z_]\w*)(?::?[-=](?<other>[^}]*))?\}?$/.exec(part)?.groups;
    const { name, other = '' } = found ?? {};
    if (name === undefined || name.startsWith('CAB_')) return null;
    return this.#vars[name] ?? other;
  }

  #readWithin(line: string): void {
    this.#found.push(...new Lexer(this.#base, this.#vars, this.#written).words(line));
  }

  #redirect(isWritten: boolean): void {
    this.#endWord();
    this.#isWritten = isWritten;
  }

  #endCommand(separator: string): void {
    this.#endWord();
    this.#isWritten = false;
    const [name = '', ...operands] = this.#command;
    const last = operands.at(-1);
    if (copiers.has(basename(name)) && operands.length > 1 && last !== undefined)
      this.#written.add(resolve(this.#base, last));
    if (name === 'cd' && operands[0] !== undefined) this.#base = resolve(this.#base, operands[0]);
    this.#command = [];
    if (separator === '(') this.#outer.push(this.#base);
    if (separator === ')') this.#base = this.#outer.pop() ?? this.#base;
  }

  #endWord(): void {
    const text = this.#word;
    this.#word = undefined;
    if (text === undefined) return;
    const isWritten = this.#isWritten;
    this.#isWritten = false;
    if (isWritten) {
      if (text !== null) this.#written.add(resolve(this.#base, text));
      return;
    }
    if (text === null) this.#command.push('');
    else this.#take(text);
  }

  #take(text: string): void {
    const command = this.#command;
    const isFirst = command.length === 0;
    if (isFirst && keywords.has(text)) return;
    const assigned = isFirst
      ? /^(?<name>[A-Za-z_]\w*)=(?<value>[^]*)$/.exec(text)?.groups
      : undefined;
    if (assigned?.['name'] !== undefined) this.#vars[assigned['name']] = assigned['value'];
    else command.push(text);
    if (/[\s;|&]/.test(text)) this.#readWithin(text);
    const name = basename(command[0] ?? '');
    if (!isFirst && tests.has(name)) return;
    if (writes(command)) {
      this.#written.add(resolve(this.#base, text.replace(/^(?:of|--output)=/, '')));
      return;
    }
    const operands = command.slice(1).filter((word) => !word.startsWith('-'));
    this.#found.push({
      text,
      base: this.#base,
      isCommand: assigned === undefined && (isFirst || runsAnother.has(name)),
      isScript:
        !isFirst && interpreters.test(name) && operands.length === 1 && operands[0] === text,
    });
  }
}

const keywords: ReadonlySet<string> = new Set(
  'if then else elif fi do done while until for case esac !'.split(' '),
);

/** Commands whose operands are commands. */
const runsAnother: ReadonlySet<string> = new Set(
  'command env exec find nice nohup parallel setsid stdbuf sudo time timeout xargs'.split(' '),
);

const interpreters =
  /^(?:\.|source|(?:ba|da|k|z)?sh|python[\d.]*|node|deno|bun|perl|ruby|php|Rscript|lua|awk)$/;

/** Whether the last word of a command is a file that the command writes. */
function writes(command: readonly string[]): boolean {
  const [first = '', ...operands] = command;
  const name = basename(first);
  const last = operands.at(-1);
  if (last === undefined) return false;
  if (writers.has(name)) return true;
  if (/^(?:of|--output)=/.test(last)) return true;
  return outputs.has(name) && /^(?:-[oO]|--output(?:-document)?)$/.test(operands.at(-2) ?? '');
}

/** Commands that look at files without reading them. */
const tests: ReadonlySet<string> = new Set(['[', '[[', 'test']);

/** Commands that write to their last operand. */
const copiers: ReadonlySet<string> = new Set(['cp', 'install', 'ln', 'mv']);
/** Commands that write to each of their operands. */
const writers: ReadonlySet<string> = new Set('mkdir mktemp rm rmdir tee touch truncate'.split(' '));
/** Commands that write to what follows `-o`. */
const outputs: ReadonlySet<string> = new Set('cc clang curl g++ gcc pandoc sort wget'.split(' '));
