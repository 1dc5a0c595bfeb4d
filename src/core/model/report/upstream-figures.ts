/** What a broker and those behind it shared, since the start of the process. */
export interface UpstreamFigures {
  /** How each question to an upstream was answered. */
  readonly asked: Readonly<Record<'hit' | 'miss' | 'failed' | 'passed_over', number>>;
  readonly fetchedBytes: number;
  /** How each entry that was sent was answered. */
  readonly pushes: Readonly<Record<'pushed' | 'stands' | 'other' | 'failed', number>>;
  /** Entries that wait to be sent. */
  readonly waiting: number;
  /** Each upstream, and whether it is passed over now. */
  readonly upstreams: readonly { readonly name: string; readonly isAway: boolean }[];
}

/** Fresh counts, which their owner raises. */
export const nothingAsked = () => ({ hit: 0, miss: 0, failed: 0, passed_over: 0 });
export const nothingPushed = () => ({ pushed: 0, stands: 0, other: 0, failed: 0 });
