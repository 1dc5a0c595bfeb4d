/** Tells whether stores can take what a new job would write. Contract suite: test/contract/write-probe.ts. */
export interface WriteProbe {
  /**
   * For probes, which come every few seconds: looks each time, and writes seldom. What failed is tried again by the next
   * call. Throws no_space, root_unwritable, io_error.
   */
  assertWritable(): Promise<void>;
}
