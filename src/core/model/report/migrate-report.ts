/** What `cab migrate` copied, what was there already, and what stays behind. */
export interface MigrateReport {
  /** The roots, by their names. */
  readonly from: string;
  readonly to: string;
  readonly entries: Copied & { readonly bytes: number };
  readonly pins: Copied;
  readonly tracks: Copied;
  /** `left`: jobs that wait or run in the old place, and those behind them. */
  readonly jobs: Copied & { readonly left: number };
  readonly problems: readonly MigrateProblem[];
}

export interface Copied {
  readonly copied: number;
  /** Stood there already. */
  readonly there: number;
}

/** Something that was not copied. The next run tries it again. */
export interface MigrateProblem {
  readonly what: 'entry' | 'track' | 'job' | 'place';
  /** Its key, name, id or path. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
}
