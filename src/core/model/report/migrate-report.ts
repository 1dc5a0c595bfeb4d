/** What `cab migrate` copied, what was there already, and what stays behind. */
export interface MigrateReport {
  /** The places, by their names: of results and of jobs, as far as they are copied. */
  readonly from: readonly string[];
  readonly to: readonly string[];
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

/** Something that was not copied, or not whole. */
export interface MigrateProblem {
  readonly what: 'entry' | 'track' | 'job' | 'place';
  /** Its key, name, id or path. */
  readonly name: string;
  readonly code: string;
  readonly message: string;
}
