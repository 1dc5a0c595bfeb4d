import type { Database } from '../core/queue/database.ts';

interface Waiting {
  readonly write: () => void;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** Writes that are asked for together go to the disk together: each commit waits for it once. */
export class GroupCommit {
  readonly #db: Database;
  #waiting: Waiting[] = [];
  #committing = false;

  constructor(db: Database) {
    this.#db = db;
  }

  add(write: () => void): Promise<void> {
    return new Promise((written, failed) => {
      this.#waiting.push({ write, written, failed });
      if (!this.#committing) void this.#commit();
    });
  }

  async #commit(): Promise<void> {
    this.#committing = true;
    // A turn of the event loop: what it brings about is asked for by then.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await this.#db.write(() => batch.forEach(({ write }) => write()));
        for (const { written } of batch) written();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    this.#committing = false;
  }
}
