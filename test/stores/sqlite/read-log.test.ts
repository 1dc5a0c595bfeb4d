import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { bundle } from '../../helpers/bundle.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

it('costs a process without a free descriptor what it knew of reads, and not its life', async () => {
  const script = await bundle(join(import.meta.dirname, 'blind-reader.ts'));
  const line = 'ulimit -n 512 && exec node "$0" "$1"';
  const { stdout } = await execa('sh', ['-c', line, script.path, await tempDir()]);
  await script.remove();
  expect(stdout).toBe('lives');
});
