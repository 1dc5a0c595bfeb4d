import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defineRunner, openBroker } from '../../../../../src/index.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

/** Whether a result of so many bytes was durable in the job store before its files were flushed. */
async function isInlined(size: number, inlineBytes?: number): Promise<boolean> {
  const root = join(await tempDir(), 'root');
  let running = 0;
  let meet = (): void => undefined;
  const met = new Promise<void>((resolve) => (meet = resolve));
  const runner = defineRunner({
    name: 'sized',
    version: '1',
    // Alone, a job shares its flush with none.
    run: async () => {
      if ((running += 1) === 2) meet();
      await met;
      return { artifact: Buffer.alloc(size) };
    },
  });
  const broker = await openBroker({
    ...{ root, runner, concurrency: 2 },
    ...(inlineBytes !== undefined && { inlineBytes }),
  });
  const jobs = await Promise.all(
    ['1', '2'].map((features_text) => broker.submit({ features_text })),
  );
  await Promise.all(jobs.map(({ job_id }) => broker.wait(job_id)));
  // It is made with the first such result, and goes when none is left.
  const isMarked = existsSync(join(root, '.cab/unwritten'));
  await broker.close();
  return isMarked;
}

it('is 256 KiB unless it is set, and 4 MiB at most', async () => {
  expect(await isInlined(200_000)).toBe(true);
  expect(await isInlined(300_000)).toBe(false);
  expect(await isInlined(300_000, 400_000)).toBe(true);
  await expect(isInlined(1, 10_000_000)).rejects.toThrow(/inlineBytes: .*4194304/);
});

it('of 0 has every result flushed before its job is done', async () => {
  expect(await isInlined(1, 0)).toBe(false);
});
