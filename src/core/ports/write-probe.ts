/** Tells whether stores can take what a new job would write. Contract suite: test/contract/write-probe.ts. */
export interface WriteProbe {
  /**
   * Checks each time and writes seldom, because probes come every few seconds. The next call tries again what failed. Throws
   * no_space, root_unwritable, io_error, store_refused, store_unreachable.
   */
  assertWritable(): Promise<void>;
}
