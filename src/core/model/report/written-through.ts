/** What was done about results that only the job store keeps. */
export interface WrittenThrough {
  /** Results whose files are flushed now. */
  readonly written: number;
  /** Results that stay: a living process is writing their files, or they could not be written. */
  readonly left: number;
  /** Why results could not be written, for people; each reason once. */
  readonly problems: readonly string[];
}
