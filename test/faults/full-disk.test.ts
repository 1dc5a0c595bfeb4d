import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { smallDisk } from '../helpers/small-disk.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';

describe('a disk that fills up', () => {
  let dir: TempDir | undefined;
  let disk: string | undefined;
  afterEach(async () => {
    if (disk !== undefined) execFileSync('umount', [disk]);
    await dir?.remove();
  });

  it('ends the job with a clear error, keeps what stood, and goes on once there is room', async (test) => {
    dir = await ownedTempDir();
    disk = smallDisk(dir.path, '2m');
    if (disk === undefined) return test.skip('a small file system cannot be mounted here');
    const root = join(disk, 'tree');
    const song = join(dir.path, 'song.json');
    const other = join(dir.path, 'other.json');
    await writeFile(song, '{"n":1}');
    await writeFile(other, '{"n":2}');
    const copying = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
    const submit = (file: string, runner = copying) =>
      cab(['submit', file, '--runner', runner, '--cas-root', root, '--wait', '--retries', '0']);
    expect(await submit(song)).toMatchObject({ code: 0 });

    // The runner itself hits the wall, and says so at length.
    const greedy = await submit(
      other,
      'sh:head -c 9000000 /dev/zero > "$CAB_ARTIFACT_PATH"; s=$?; yes | head -c 500000; exit $s',
    );
    expect(greedy).toMatchObject({ code: 1, signal: null });
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });

    // No room to accept anything at all.
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(3_000_000)).catch(() => undefined);
    const refused = await submit(other);
    expect(refused).toMatchObject({ code: 2, signal: null, stdout: '' });
    expect(refused.stderr).toMatch(/no space|full/i);
    expect(await cab(['get', 'song', '--cas-root', root])).toMatchObject({
      code: 0,
      stdout: '{"n":1}',
    });

    await rm(filler);
    expect(await submit(other)).toMatchObject({ code: 0 });
    const tree = await inspectTree(root);
    expect(tree).toMatchObject({ wrong: [], leftovers: [] });
    expect(tree.entries).toHaveLength(2);
  });
});
