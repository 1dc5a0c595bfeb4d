import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chokidarHints } from '../../src/watch/events/hints.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

/** What came so far of a folder with `sub/deep`; names that begin with a dot are not entered. */
async function hinted() {
  const folder = await tempDir();
  await mkdir(join(folder, 'sub/deep'), { recursive: true });
  await mkdir(join(folder, '.hidden'));
  await writeFile(join(folder, 'old.json'), '1');
  await writeFile(join(folder, 'sub/old.json'), '1');
  const paths = new Set<string>();
  const errors: unknown[] = [];
  let trees = 0;
  const hints = await chokidarHints({
    folder,
    enters: (directory) => !directory.includes('/.'),
    onPath: (path) => void paths.add(path),
    onTree: () => void (trees += 1),
    onError: (error) => void errors.push(error),
  });
  onTestFinished(() => hints.close());
  // Asks for a look once all directories are watched.
  await until(() => trees > 0);
  return {
    errors,
    hints,
    at: (path: string) => join(folder, path),
    trees: () => trees,
    names: (path: string) => until(() => paths.has(join(folder, path))),
    has: (path: string) => paths.has(join(folder, path)),
  };
}

describe('hints', () => {
  it('name files that come and change, in the folder and below', async () => {
    const { at, names, errors } = await hinted();
    await writeFile(at('new.json'), '1');
    await names('new.json');
    await writeFile(at('old.json'), '2');
    await names('old.json');
    await writeFile(at('sub/old.json'), '2');
    await names('sub/old.json');
    await rename(at('new.json'), at('sub/deep/moved.json'));
    await names('sub/deep/moved.json');
    expect(errors).toEqual([]);
  });

  it('ask for a look where a directory comes or goes, and name the files in it from then on', async () => {
    const { at, names, has, trees } = await hinted();
    let before = trees();
    await mkdir(at('late/deep'), { recursive: true });
    await until(() => trees() >= before + 2);
    await writeFile(at('late/deep/a.json'), '1');
    await names('late/deep/a.json');
    before = trees();
    await rename(at('late'), at('later'));
    await until(() => trees() >= before + 2);
    // Its new watch begins some time after it came.
    await until(async () => {
      await writeFile(at('later/deep/b.json'), '1');
      return has('later/deep/b.json');
    });
    before = trees();
    await rm(at('later'), { recursive: true });
    await until(() => trees() > before);
  });

  it('pass over directories that are not entered', async () => {
    const { at, names, has } = await hinted();
    await writeFile(at('.hidden/a.json'), '1');
    await writeFile(at('sub/after.json'), '1');
    await names('sub/after.json');
    expect(has('.hidden/a.json')).toBe(false);
  });

  it.runIf(process.platform === 'linux')(
    'take one watch a directory, and none a file',
    async () => {
      const { at, hints } = await hinted();
      const watchesOf = async (path: string): Promise<number> => {
        const { ino } = await stat(at(path));
        return (await watchedInodes()).filter((inode) => inode === ino).length;
      };
      for (const directory of ['', 'sub', 'sub/deep']) expect(await watchesOf(directory)).toBe(1);
      for (const other of ['old.json', 'sub/old.json', '.hidden'])
        expect(await watchesOf(other)).toBe(0);
      await hints.close();
      expect(await watchesOf('sub')).toBe(0);
    },
  );
});

/** Of all that this process watches, as the kernel tells it. */
async function watchedInodes(): Promise<number[]> {
  const texts = (await readdir('/proc/self/fdinfo')).map((fd) =>
    readFile(`/proc/self/fdinfo/${fd}`, 'utf8').catch(() => ''),
  );
  const lines = (await Promise.all(texts)).join('\n').matchAll(/^inotify wd:\S+ ino:([0-9a-f]+)/gm);
  return [...lines].map(([, inode = '']) => Number.parseInt(inode, 16));
}
