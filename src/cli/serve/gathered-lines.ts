/**
 * A destination for the log. Lines of a short time go out in one write: a write for each line would cost a busy
 * daemon as much as its answers. Only a process that is killed loses lines.
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
