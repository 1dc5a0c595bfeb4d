import type { Evidence } from '../../core/ports/maintenance/trash.ts';

/** Entries and pointers that were set aside, kept as evidence. */
export class Quarantine {
  readonly #kept = new Map<string, { readonly at: number; readonly what: unknown }>();
  #added = 0;

  /** Gives its path. */
  add(what: unknown): string {
    this.#added += 1;
    const id = `evidence-${this.#added}`;
    this.#kept.set(id, { at: Date.now(), what });
    return `quarantine/${id}`;
  }

  all(): Evidence[] {
    return [...this.#kept].map(([id, { at }]) => ({ id, at, isNote: false }));
  }

  remove(id: string): void {
    this.#kept.delete(id);
  }
}
