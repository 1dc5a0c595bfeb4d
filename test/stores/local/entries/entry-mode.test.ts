import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { entryMode } from '../../../../src/stores/local/entries/entry-mode.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

/** The mode of an entry that was made of files with these modes, under an umask that leaves `made`. */
async function modeOf(made: number, ...read: number[]): Promise<string> {
  const dir = await tempDir();
  const file = async (name: string, mode: number) => {
    const path = join(dir, name);
    await writeFile(path, '');
    await chmod(path, mode);
    return path;
  };
  const paths = await Promise.all(read.map((mode, at) => file(`read-${at}`, mode)));
  return entryMode([...paths, join(dir, 'none')], await stat(await file('made', made))).toString(8);
}

it('lets read an entry who may read all that it was made of, and the umask lets', async () => {
  expect(await modeOf(0o644)).toBe('444');
  expect(await modeOf(0o644, 0o644, 0o755)).toBe('444');
  expect(await modeOf(0o644, 0o644, 0o600)).toBe('400');
  expect(await modeOf(0o644, 0o640)).toBe('440');
  expect(await modeOf(0o644, 0o604)).toBe('444');
  expect(await modeOf(0o640, 0o644)).toBe('440');
  expect(await modeOf(0o600, 0o644)).toBe('400');
});
