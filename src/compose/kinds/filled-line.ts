/**
 * Fills a line for the shell. A plain value stands in it as it is. Any other is given to a variable before the line, and the
 * line names the variable: `cat {input}` is `cab_input='a b.txt'; cat "$cab_input"`. So no name of a file is a part of the
 * program.
 */

/** Such a value means the same to the shell wherever it stands. */
const plain = /^[\w./,:@%+][\w./,:=@%+-]*$/;

/** @param valueOf by the name of a placeholder; undefined for braces that stand for themselves */
export function filledLine(line: string, valueOf: (word: string) => string | undefined): string {
  const variables = new Map<string, string>();
  let open: Quote = '';
  let filled = '';
  for (const [piece, word] of line.matchAll(/\\["'\\]|\{(\w+)\}|[^]/g)) {
    const value = word === undefined ? undefined : valueOf(word);
    if (value === undefined || word === undefined) {
      open = quoteAfter(piece, open);
      filled += piece;
    } else if (plain.test(value)) filled += value;
    else if (open === "'") filled += inSingleQuotes(value);
    else {
      variables.set(`cab_${word}`, `'${inSingleQuotes(value)}'`);
      filled += open === '"' ? `\${cab_${word}}` : `"$cab_${word}"`;
    }
  }
  return [...[...variables].map(([name, value]) => `${name}=${value}; `), filled].join('');
}

type Quote = '' | "'" | '"';

/** Which quotes are open after this piece of a line. A backslash means nothing in single quotes. */
function quoteAfter(piece: string, open: Quote): Quote {
  const last = piece.at(-1);
  if (piece.length > 1 && open !== "'") return open;
  if (last !== "'" && last !== '"') return open;
  if (open === '') return last;
  return open === last ? '' : open;
}

const inSingleQuotes = (value: string): string => value.replaceAll("'", `'\\''`);
