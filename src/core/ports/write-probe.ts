/** Tells whether stores can take what a new job would write. Contract suite: test/contract/write-probe.ts. */
export interface WriteProbe {
  /**
   * For probes, which come every few seconds: it checks each time, and writes seldom. The next call tries again what failed.
   * Throws no_space, root_unwritable, io_error.
   */
  assertWritable(): Promise<void>;
}
