import { beforeEach, describe, expect, it } from 'vitest';
import type { WriteProbe } from '../../src/core/ports/write-probe.ts';

export interface WriteProbeFixture {
  readonly probe: WriteProbe;
  /** From now on nothing can be written. */
  block(): Promise<void>;
  /** Ends that. */
  unblock(): Promise<void>;
}

export function describeWriteProbe(name: string, make: () => Promise<WriteProbeFixture>): void {
  describe(`${name} as a probe of what can be written`, () => {
    let fixture: WriteProbeFixture;
    beforeEach(async () => {
      fixture = await make();
    });

    it('has nothing to say while a job could be written, however often it is asked', async () => {
      for (let n = 0; n < 3; n += 1) await fixture.probe.assertWritable();
      await expect(fixture.probe.assertWritable()).resolves.toBeUndefined();
    });

    it('throws while nothing can be written, also right after it was asked, and looks again each time', async () => {
      await fixture.probe.assertWritable();
      await fixture.block();
      for (let n = 0; n < 2; n += 1)
        await expect(fixture.probe.assertWritable()).rejects.toMatchObject({
          code: expect.stringMatching(
            /^(no_space|root_unwritable|io_error|store_unreachable)$/,
          ) as string,
        });
      await fixture.unblock();
      await expect(fixture.probe.assertWritable()).resolves.toBeUndefined();
    });
  });
}
