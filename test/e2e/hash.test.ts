import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cab, program } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await tempDir();
});

describe('cab hash', () => {
  it.skipIf(process.platform === 'win32')(
    'prints files whose names would break a line, as sha256sum prints them',
    async () => {
      const names = ['two\nlines', 'back\\slash', 'plain'];
      for (const name of names) await writeFile(join(cwd, name), 'text');
      const { stdout } = await cab(['hash', ...names], { cwd });
      expect(stdout.split('\n').map((line) => line.replace(/[\da-f]{64}/, 'HASH'))).toEqual([
        '\\HASH  two\\nlines',
        '\\HASH  back\\\\slash',
        'HASH  plain',
        '',
      ]);
    },
  );

  // Other systems let no such name come about.
  it.runIf(process.platform === 'linux')(
    'says that a name is not UTF-8, not that the file is absent',
    () => {
      const run = `printf text > "$(printf 'a\\377')" && "$0" "$1" hash "$(printf 'a\\377')"`;
      const { status, stderr } = spawnSync('sh', ['-c', run, process.execPath, program], {
        cwd,
        encoding: 'utf8',
      });
      expect(status).toBe(2);
      expect(stderr).toMatch(/not UTF-8\n {2}hint: Rename it/);
    },
  );
});
