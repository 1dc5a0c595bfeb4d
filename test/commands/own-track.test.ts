import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it('a runner does not move a track of another one, unless the track is named', async () => {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'words.txt'), 'b\na\n');
  const submit = (...args: string[]) => cab(['submit', 'words.txt', ...args], { cwd });
  const get = async () => (await cab(['get', 'words'], { cwd })).stdout;

  expect(await submit('--runner', 'exec:sort {input}')).toMatchObject({ code: 0 });
  expect(await get()).toBe('a\nb\n');
  const other = await submit('--runner', 'exec:wc -l {input}');
  expect(other.code).toBe(0);
  expect(other.stderr).toMatch(
    /^note: .*words\.txt has no track, because "words" has results of exec:sort/m,
  );
  expect(await get()).toBe('a\nb\n');
  // Another line of the same program improves its result.
  expect((await submit('--runner', 'exec:sort -r {input}')).stderr).not.toContain('note:');
  expect(await get()).toBe('b\na\n');
  expect((await submit('--runner', 'exec:wc -l {input}', '--track', 'words')).code).toBe(0);
  expect(await get()).toMatch(/^2 /);
  // Of an interpreter, the script is the program.
  for (const name of ['a', 'b']) await writeFile(join(cwd, `${name}.sh`), `echo ${name}\n`);
  await submit('--runner', 'exec:bash a.sh {input}', '--track', 'words');
  expect((await submit('--runner', 'exec:bash b.sh {input}')).stderr).toContain('has no track');
});
