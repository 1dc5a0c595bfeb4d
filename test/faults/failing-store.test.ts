import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { chooseSeed, sizeOf, someOf } from './rig/sizes.ts';

const seed = chooseSeed('failing store');

const inputs = sizeOf('INPUTS', 100, 200);
const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

interface Line {
  readonly job_id?: string;
  readonly status?: string;
  readonly error?: string;
}

const linesOf = (stdout: string): Line[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

describe('a job store that fails in the middle of many submissions', () => {
  // In the short form one of them, another one with another seed.
  it.each(someOf([2, inputs / 5, inputs / 2 - 10], 1, seed))(
    'at commit %i ends the command, which says what it accepted, and a command that adopts it runs that',
    async (commit) => {
      const dir = await tempDir();
      const root = join(dir, 'tree');
      const store = ['--cas-root', root, '--runner', runner, '--json'];
      const files = Array.from({ length: inputs }, (_, n) => join(dir, `song-${n}.json`));
      await Promise.all(files.map((file, n) => writeFile(file, `{"n":${n}}`)));

      // The group that fails is committed again one by one: the next of those fails for good.
      const failed = await cab(['submit', ...files, ...store], {
        env: { CAB_FAILPOINTS: `queue.committing=SQLITE_IOERR_WRITE@${commit}` },
      });
      expect(failed.signal).toBeNull();
      const accepted = linesOf(failed.stdout).filter(({ job_id }) => job_id !== undefined);

      expect(await cab(['submit', ...files, ...store, '--adopt', '--wait'])).toMatchObject({
        code: 0,
      });
      const status = await cab(['status', '--json', '--cas-root', root]);
      const { counts } = JSON.parse(status.stdout) as { counts: Record<string, number> };
      expect(counts).toMatchObject({ pending: 0, running: 0, error: 0, canceled: 0 });
      expect(counts['done']).toBe(accepted.length + inputs);
      const tree = await inspectTree(root);
      expect(tree).toMatchObject({ wrong: [], leftovers: [] });
      expect(tree.entries).toHaveLength(inputs);
    },
  );
});
