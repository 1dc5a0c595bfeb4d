import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it('tells an error of the core as what it is, whichever file of the bundle the command is in', async () => {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'broken.json'), '{"n":');
  for (const command of ['submit', 'explain', 'hash']) {
    const { code, stderr } = await cab([command, 'broken.json'], { cwd });
    expect(stderr).toContain('written to the end');
    expect(stderr).not.toContain('defect');
    expect(code).toBe(2);
  }
});
