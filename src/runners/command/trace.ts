/**
 * What a command read and wrote, from the files that strace wrote of it, one a process: `-ff -ttt -y -s 4096`.
 * A line is `1764417000.123456 openat(AT_FDCWD</work>, "in.txt", O_RDONLY) = 3</work/in.txt>`.
 */
import { join } from 'node:path';

export interface Trace {
  /** Absolute paths of files that were there before and were read or executed, in the order of the first time. */
  readonly read: ReadonlySet<string>;
  /** Absolute paths of programs. */
  readonly executed: ReadonlySet<string>;
  /** Absolute paths that were written, and not moved or removed afterwards. */
  readonly written: ReadonlySet<string>;
  /** Those that were read before they were written. */
  readonly changed: ReadonlySet<string>;
}

interface Event {
  readonly at: number;
  readonly kind: 'read' | 'execute' | 'write' | 'remove';
  readonly path: string;
}

/** @param texts of the files of all processes @param cwd where the command began. Absolute. */
export function traceOf(texts: readonly string[], cwd: string): Trace {
  const events = texts.flatMap((text) => eventsOf(text, cwd)).sort((a, b) => a.at - b.at);
  const read = new Set<string>();
  const executed = new Set<string>();
  const written = new Set<string>();
  const own = new Set<string>();
  const changed = new Set<string>();
  for (const { kind, path } of events) {
    if (kind === 'execute') executed.add(path);
    if ((kind === 'read' || kind === 'execute') && !own.has(path)) read.add(path);
    if (kind === 'write') {
      if (read.has(path)) changed.add(path);
      own.add(path);
      written.add(path);
    }
    if (kind === 'remove') written.delete(path);
  }
  return { read, executed, written, changed };
}

const linePattern = /^(\d+\.\d+) (\w+)\((.*)\)\s+= (-?\d+)(?:<(.*)>)?(?: .*)?$/;

function eventsOf(text: string, begin: string): Event[] {
  const events: Event[] = [];
  let cwd = begin;
  for (const line of text.split('\n')) {
    const [, time, call = '', words = '', result, opened] = linePattern.exec(line) ?? [];
    if (time === undefined || result?.startsWith('-') === true) continue;
    cwd = /AT_FDCWD<([^>]*)>/.exec(words)?.[1] ?? cwd;
    const paths = pathsIn(words, cwd);
    if (call === 'chdir') cwd = paths[0] ?? cwd;
    for (const event of eventsOfCall(call, words, paths, opened))
      events.push({ at: Number(time), ...event });
  }
  return events;
}

function eventsOfCall(
  call: string,
  words: string,
  paths: readonly string[],
  opened: string | undefined,
): Omit<Event, 'at'>[] {
  const [first, second] = paths;
  switch (call) {
    case 'open':
    case 'openat':
    case 'openat2':
    case 'creat': {
      const path = opened === undefined ? first : unescaped(opened);
      if (path === undefined || words.includes('O_DIRECTORY') || words.includes('O_PATH'))
        return [];
      const writes = call === 'creat' || /O_WRONLY|O_RDWR|O_TRUNC/.test(words);
      return [{ kind: writes ? 'write' : 'read', path }];
    }
    case 'execve':
      return first === undefined ? [] : [{ kind: 'execute', path: first }];
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return first === undefined || second === undefined
        ? []
        : [
            { kind: 'remove', path: first },
            { kind: 'write', path: second },
          ];
    case 'unlink':
    case 'unlinkat':
      return first === undefined ? [] : [{ kind: 'remove', path: first }];
    case 'symlink':
    case 'symlinkat':
    case 'link':
    case 'linkat':
      return second === undefined ? [] : [{ kind: 'write', path: second }];
    default:
      return [];
  }
}

/** The paths among the arguments, absolute: a relative one begins at the descriptor before it, else at the working directory. */
function pathsIn(words: string, cwd: string): string[] {
  const found: string[] = [];
  const argument = /(?:(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>, )?"((?:[^"\\]|\\.)*)"/g;
  for (const [, base, text = ''] of words.matchAll(argument)) {
    const path = unescaped(text);
    found.push(
      path.startsWith('/') ? path : join(base === undefined ? cwd : unescaped(base), path),
    );
  }
  return found;
}

/** Bytes beyond ASCII stand as `\303\244`. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: number[] = [];
  for (const [piece, octal, other] of text.matchAll(/\\([0-7]{1,3})|\\(.)|[^\\]/gs)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(...Buffer.from(other === undefined ? piece : (named[other] ?? other)));
  }
  return Buffer.from(bytes).toString();
}

const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };
