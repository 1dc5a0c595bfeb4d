/** What was done about results that only the job store keeps. */
export interface WrittenThrough {
  /** Results whose files are flushed now. */
  readonly written: number;
  /** Results that stay: a living process is writing their files, or they could not be written. */
  readonly left: number;
}
