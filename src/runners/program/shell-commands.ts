/** What shell commands do with their operands, as far as the version of a line depends on it. */
import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { errnoOf } from '../../core/model/errors.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

export const keywords = set('if then else elif fi do done while until for case esac !');

/** Commands whose operands are commands. */
export const runsAnother = set(
  'command env exec find nice nohup parallel setsid stdbuf sudo time timeout xargs',
);

/** Commands that the shell runs itself, without a program from PATH. */
export const builtins = set(
  'cd echo exec exit export false kill printf pwd read set shift test trap true ulimit umask unset wait',
);

/** Commands that set variables as an assignment does. */
export const assigns = set('export readonly declare local typeset');

/** Commands that look at files without reading them. */
export const looks = set('[ [[ test');

/** Commands that write to each of their operands. */
const writers = set('mkdir mktemp rm rmdir tee touch truncate');
/** Commands that write to the operand after `-o`. */
const outputs = set('cc clang curl g++ gcc pandoc sort wget');
/** Commands that write to their last operand. */
export const copiers = set('cp install ln mv');

export const interpreters =
  /^(?:\.|source|(?:ba|da|k|z)?sh|python[\d.]*|node|deno|bun|perl|ruby|php|Rscript|lua|awk)$/;

/** Whether the last word of a command is a file that the command writes. */
export function writes(command: readonly string[]): boolean {
  const [first = '', ...operands] = command;
  const name = basename(first);
  const last = operands.at(-1);
  if (last === undefined) return false;
  if (writers.has(name)) return true;
  if (/^(?:of|--output)=/.test(last)) return true;
  return outputs.has(name) && /^(?:-[oO]|--output(?:-document)?)$/.test(operands.at(-2) ?? '');
}

/** The files that may hold a module, from the folder in which Python is started: `python3 -m pkg.tool`. */
export function moduleFiles(command: readonly string[]): readonly string[] {
  const [program = '', ...operands] = command;
  const name = operands.at(-1) ?? '';
  if (!/^python[\d.]*$/.test(basename(program)) || operands.at(-2) !== '-m') return [];
  const path = name.replaceAll('.', '/');
  return [`${path}.py`, `${path}/__main__.py`, `${path}/__init__.py`];
}

/**
 * What a command substitution prints, for those with which scripts find their own folder. Null if
 * only a shell knows it.
 * @param commands words of each command, empty for an unknown word
 * @param base the directory in which the last command runs
 */
export function printed(commands: readonly (readonly string[])[], base: string): string | null {
  const [name, ...words] = commands.at(-1) ?? [];
  const others = commands.slice(0, -1);
  if (others.some(([other]) => other !== 'cd') || commands.some((one) => one.includes('')))
    return null;
  const [operand, ...more] = words.filter((word) => !word.startsWith('-'));
  if (name === 'pwd') return operand === undefined ? base : null;
  if (operand === undefined || more.length > 0) return null;
  if (name === 'dirname') return dirname(operand);
  if (name === 'basename') return basename(operand);
  return name === 'realpath' || name === 'readlink' ? real(resolve(base, operand)) : null;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return path;
  }
}
