/**
 * A destination for a log: what one turn of the event loop says goes out in one write. A write for each line would
 * cost a busy daemon as much as the answers that the lines tell of. Only a process that is killed outright loses any.
 */
export function gatheredLines(stream: { write(text: string): unknown }): {
  write(line: string): void;
} {
  let waiting = '';
  const flush = (): void => {
    if (waiting !== '') stream.write(waiting);
    waiting = '';
  };
  process.on('exit', flush);
  return {
    write: (line) => {
      if (waiting === '') setImmediate(flush);
      waiting += line;
    },
  };
}
