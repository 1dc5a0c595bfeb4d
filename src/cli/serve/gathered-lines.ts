/**
 * A destination for a log: what is said within a moment goes out in one write. A write for each line would cost a busy
 * daemon as much as the answers that the lines tell of. Only a process that is killed outright loses any.
 */
export function gatheredLines(stream: { write(text: string): unknown }): {
  write(line: string): void;
} {
  let waiting = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting !== '') stream.write(waiting);
    waiting = '';
  };
  process.on('exit', flush);
  return {
    write: (line) => {
      waiting += line;
      if (waiting.length >= mostWaiting) flush();
      else timer ??= setTimeout(flush, momentMs);
    },
  };
}

const momentMs = 20;

/** Characters. */
const mostWaiting = 64 << 10;
