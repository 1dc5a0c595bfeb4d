import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flushFileSystems } from '../../../src/support/files/flush-file-system.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe.runIf(process.platform === 'linux')('a flush of file systems', () => {
  async function programThat(does: string) {
    const dir = await tempDir();
    const program = join(dir, 'sync');
    await writeFile(program, `#!/bin/sh\n${does}\n`, { mode: 0o700 });
    return { dir, program };
  }

  it('is asked of a program, for all paths at once', async () => {
    const { dir, program } = await programThat('printf "%s " "$@" > "$(dirname "$0")/asked"');
    expect(await flushFileSystems([dir, join(dir, 'sync')], program)).toBe(true);
    expect(await readFile(join(dir, 'asked'), 'utf8')).toBe(`-f -- ${dir} ${dir}/sync `);
  });

  it('is not claimed if the program fails, is not there, or a path is gone', async () => {
    const { dir, program } = await programThat('exit 1');
    expect(await flushFileSystems([dir], program)).toBe(false);
    expect(await flushFileSystems([dir], join(dir, 'none'))).toBe(false);
    const ended = await programThat('kill -INT $$');
    expect(await flushFileSystems([ended.dir], ended.program)).toBe(false);
    const sound = await programThat('exit 0');
    expect(await flushFileSystems([join(dir, 'gone')], sound.program)).toBe(false);
    expect(await flushFileSystems([sound.dir], sound.program)).toBe(true);
  });

  it('is not claimed on a file system that may only hand bytes on', async () => {
    const { program } = await programThat('exit 0');
    expect(await flushFileSystems(['/proc'], program)).toBe(false);
  });
});
