import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab, type Ended } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const spine = join(import.meta.dirname, '../../examples/spine.db');

async function scene() {
  const cwd = await tempDir();
  const own = join(cwd, 'data/echo_cas/.cab');
  const submit = async (tempo: number, args: readonly string[] = [], env = {}): Promise<Ended> => {
    const song = { tempo, energy: 0.5, valence: 0.5, loudness: -7 };
    await writeFile(join(cwd, 'song.json'), JSON.stringify(song));
    return cab(['submit', 'song.json', '--db', spine, '--wait', ...args], { cwd, env });
  };
  /** What the job said of the spine that it read; nothing where it read none. */
  const log = async ({ stdout }: Ended) =>
    (await cab(['logs', stdout.slice(0, 36)], { cwd })).stdout;
  return { cwd, own, cache: join(own, 'cache'), submit, log };
}

it('a process reads a spine, and those after it the columns that it kept', async () => {
  const { cache, submit, log } = await scene();
  expect(await log(await submit(120))).toMatch(/^spine\.db: \d+ songs read in/);
  expect(await readdir(cache)).toHaveLength(1);
  const second = await submit(121);
  expect(second.code).toBe(0);
  expect(await log(second)).toBe('');
});

it('no columns are kept under a digest that the caller gave', async () => {
  const { cache, submit, log } = await scene();
  for (const tempo of [120, 121])
    expect(await log(await submit(tempo, ['--db-hash', 'd'.repeat(64)]))).toContain(
      'songs read in',
    );
  expect(existsSync(cache)).toBe(false);
});

it('what a process that was killed in the middle of a write left is swept by gc, and the columns are made again', async () => {
  const { cwd, own, cache, submit } = await scene();
  const killed = await submit(120, [], { CAB_FAILPOINTS: 'temporary.written=kill' });
  expect(killed.signal).toBe('SIGKILL');
  expect(await readdir(join(own, 'tmp'))).toHaveLength(1);
  expect(await readdir(cache)).toEqual([]);
  const gc = await cab(['gc', '--json'], { cwd });
  expect(JSON.parse(gc.stdout)).toMatchObject({ swept: { temporary: 1 } });
  expect(await readdir(join(own, 'tmp'))).toEqual([]);
  expect((await submit(121)).code).toBe(0);
  expect(await readdir(cache)).toHaveLength(1);
});
