/** No point is begun after this; the last one and the clearing up need the rest of the minute. */
const smokeSeconds = 45;

/** One line on a terminal, redrawn; elsewhere a line a point. All on stderr. */
export class Progress {
  #points;
  #at = 0;
  #expected = 0;
  #spent = 0;
  #begun = 0;
  #tty = process.stderr.isTTY === true;
  #start = performance.now();
  #limit;

  constructor(points, { smoke }) {
    this.#limit = smoke ? smokeSeconds : Infinity;
    this.#points = points.map((point) => ({ point, takes: smoke ? 2 : (point.takes ?? 20) }));
  }

  /** A smoke run is held to its minute. */
  isOver() {
    return (performance.now() - this.#start) / 1000 > this.#limit;
  }

  begin(point) {
    this.#begun = performance.now();
    if (!this.#tty) process.stderr.write(`${this.#place()} ${point.name}: ${point.what}\n`);
  }

  step = ({ round, rounds, subject }) => {
    if (!this.#tty) return;
    const { point } = this.#points[this.#at];
    const where = round === 0 ? subject : `round ${round} of ${rounds}: ${subject}`;
    this.#draw(`${this.#place()} ${point.name}, ${where}${this.#left()}`);
  };

  end(point, result) {
    this.#spent += (performance.now() - this.#begun) / 1000;
    this.#expected += this.#points[this.#at].takes;
    this.#at += 1;
    if (this.#tty) this.#draw('');
    if (result.skipped !== undefined)
      process.stderr.write(`${point.name} skipped: ${result.skipped}\n`);
    if (result.failure !== undefined)
      process.stderr.write(`${point.name} failed: ${result.failure}\n`);
  }

  close() {
    if (this.#tty) this.#draw('');
  }

  #place() {
    return `[${this.#at + 1}/${this.#points.length}]`;
  }

  /** What the points say they take, by how this machine kept to it so far. */
  #left() {
    const rest = this.#points.slice(this.#at).reduce((sum, { takes }) => sum + takes, 0);
    const pace = this.#expected === 0 ? 1 : this.#spent / this.#expected;
    const seconds = Math.max(0, rest * pace - (performance.now() - this.#begun) / 1000);
    if (seconds < 1) return '';
    return seconds < 90
      ? ` – ${Math.ceil(seconds)} s left`
      : ` – ${Math.round(seconds / 60)} min left`;
  }

  #draw(line) {
    const width = process.stderr.columns ?? 80;
    process.stderr.write(`\r\u001b[2K${line.slice(0, width - 1)}`);
  }
}
