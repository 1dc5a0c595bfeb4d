/** What completion offers to a shell. */

export interface Candidate {
  readonly word: string;
  /** A few words for shells that show them. */
  readonly text: string;
}

/** Names that only the root or the configuration file knows. */
export type NameKind = 'track' | 'job' | 'waiting job' | 'failed job' | 'kind' | 'file';

export interface Place {
  readonly candidates: readonly Candidate[];
  /** Names that may stand here too. */
  readonly names: readonly NameKind[];
  /** What stands before the name in the same word: `--track=`. */
  readonly before: string;
}
