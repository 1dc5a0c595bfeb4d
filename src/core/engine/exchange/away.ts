import type { CabError } from '../../model/errors.ts';
import type { AwayNotes, Upstream } from '../../ports/upstream.ts';

/** How long an upstream that could not be used is passed over. Milliseconds. */
export const passedOverMs = 30_000;

/**
 * Whether one upstream can be used. Finding out that it cannot takes a bounded wait; then it is passed over for a while. When
 * the while is over, one caller tries it, and the others go on passing it over until that one knows.
 */
export class Away {
  readonly #upstream: Upstream;
  readonly #notes: AwayNotes;
  readonly #tell: (error: CabError) => void;
  /** Of the clock of `performance.now`. */
  #until: number | undefined;
  #read: Promise<void> | undefined;
  #isNoted = true;

  constructor(upstream: Upstream, notes: AwayNotes, tell: (error: CabError) => void) {
    this.#upstream = upstream;
    this.#notes = notes;
    this.#tell = tell;
  }

  get isAway(): boolean {
    return this.#until !== undefined;
  }

  /** Whether to ask it now. */
  async mayAsk(): Promise<boolean> {
    await (this.#read ??= this.#readNote());
    if (this.#until === undefined) return true;
    const now = performance.now();
    if (now < this.#until) return false;
    this.#until = now + passedOverMs;
    return true;
  }

  /** It answered. */
  async answered(): Promise<void> {
    if (this.#until === undefined) return;
    this.#until = undefined;
    this.#isNoted = await this.#notes.set(this.#upstream.name, false);
  }

  /** It could not be used. Reported once, however many callers found it out at the same time. */
  async failed(error: CabError): Promise<void> {
    const wasKnown = this.#until !== undefined;
    this.#until = performance.now() + passedOverMs;
    if (!wasKnown) this.#tell(error);
    this.#isNoted = await this.#notes.set(this.#upstream.name, true);
  }

  /** The first job of a root asks an upstream before the root is made, so there was no place for a note. */
  async close(): Promise<void> {
    if (this.isAway && !this.#isNoted) await this.#notes.set(this.#upstream.name, true);
  }

  /** Another process may have found out just now. */
  async #readNote(): Promise<void> {
    const ago = await this.#notes.since(this.#upstream.name);
    if (ago !== undefined && ago < passedOverMs)
      this.#until = performance.now() + passedOverMs - ago;
  }
}
