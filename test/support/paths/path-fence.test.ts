import { rmSync, symlinkSync } from 'node:fs';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { hashInput } from '../../../src/core/hashing/hash-input.ts';
import {
  admittedPlace,
  fenceWithin,
  type PathFence,
} from '../../../src/support/paths/path-fence.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let inside: string;
let outside: string;
let link: string;
beforeEach(async () => {
  const dir = await realpath(await tempDir());
  [inside, outside] = [join(dir, 'inside'), join(dir, 'outside')];
  for (const place of [inside, outside]) {
    await mkdir(place);
    await writeFile(join(place, 'a.json'), JSON.stringify(place));
  }
  link = join(inside, 'link.json');
  await symlink(join(inside, 'a.json'), link);
});

const admits = async (place: string | undefined): Promise<boolean> =>
  place?.startsWith(inside + sep) === true;

/** Lets each place in that lies inside, and has the link lead outside as soon as it was looked at. */
const turning = (): PathFence => ({
  admits: (place) => {
    rmSync(link);
    symlinkSync(join(outside, 'a.json'), link);
    return admits(place);
  },
});

const refusal = { code: 'path_refused', details: { field: 'features_path' } };

describe('a fence around paths', () => {
  it('tells where a file lies that was read by way of a link', async () => {
    const hashed = await hashInput(link, 'any', undefined, { admits });
    expect(hashed.place).toBe(join(inside, 'a.json'));
  });

  it.each(['any', 'bytes'] as const)(
    'refuses a link that is turned after it was looked at: %s',
    async (format) => {
      await expect(hashInput(link, format, undefined, turning())).rejects.toMatchObject(refusal);
    },
  );

  it('refuses what a root within it keeps for itself, also by a link', async () => {
    const kept = join(inside, 'root', '.cab', 'inputs');
    await mkdir(kept, { recursive: true });
    await writeFile(join(kept, 'a.json'), '{}');
    await symlink(join(kept, 'a.json'), join(inside, 'to-kept.json'));
    const fence = fenceWithin([inside]);
    for (const path of [join(kept, 'a.json'), join(kept, 'none'), join(inside, 'to-kept.json')])
      await expect(admittedPlace(path, 'features_path', fence)).rejects.toMatchObject(refusal);
    const place = join(inside, 'a.json');
    expect(await admittedPlace(place, 'features_path', fence)).toBe(place);
    expect(await admittedPlace(join(kept, 'a.json'), 'db_path', fenceWithin([kept]))).toBe(
      join(kept, 'a.json'),
    );
  });

  it('refuses such a link to a database too', async () => {
    await expect(admittedPlace(link, 'db_path', turning())).rejects.toMatchObject({
      code: 'path_refused',
      details: { field: 'db_path' },
    });
    await expect(admittedPlace(link, 'db_path', { admits })).rejects.toThrow();
  });

  it('does not tell what is there outside from what is not', async () => {
    for (const name of ['a.json', 'none.json', 'a.json/none'])
      await expect(
        hashInput(join(outside, name), 'any', undefined, { admits }),
      ).rejects.toMatchObject(refusal);
  });

  it('gives what is not there inside a place all the same', async () => {
    expect(await admittedPlace(join(inside, 'none.db'), 'db_path', { admits })).toBe(
      join(inside, 'none.db'),
    );
  });
});
