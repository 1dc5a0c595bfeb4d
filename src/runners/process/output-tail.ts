import type { OutputStream, RunnerContext } from '../../core/ports/runner.ts';

const keptLines = 20;
const keptLineLength = 2000;

/** Passes on the output of a runner, and keeps its last lines for the report of a failure. */
export class OutputTail {
  readonly #log: RunnerContext['log'];
  #ended: string[] = [];
  readonly #open: Record<OutputStream, string> = { stdout: '', stderr: '' };

  constructor(log: RunnerContext['log']) {
    this.#log = log;
  }

  write(stream: OutputStream, text: string): void {
    if (text === '') return;
    this.#log(stream, text);
    const lines = (this.#open[stream] + text).split('\n');
    // The open line is cut, because a stream without line ends would fill the memory. Its end is
    // the most useful part.
    this.#open[stream] = (lines.pop() ?? '').slice(-keptLineLength);
    this.#ended = [...this.#ended, ...lines.slice(-keptLines)].slice(-keptLines);
  }

  /** The last 20 lines of both streams, in the order in which they ended. */
  lines(): readonly string[] {
    const open = [this.#open.stdout, this.#open.stderr].filter((line) => line !== '');
    return [...this.#ended, ...open]
      .map((line) => line.replace(/\r$/, '').slice(-keptLineLength))
      .slice(-keptLines);
  }
}
