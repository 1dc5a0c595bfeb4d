import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { sizeOf } from './rig/sizes.ts';

const processes = 8;
const inputs = sizeOf('MANY_INPUTS', 40, 100);

it(
  `eight processes that submit the same ${inputs} inputs at once run each once`,
  { timeout: 300_000 },
  async () => {
    const dir = await tempDir();
    const root = join(dir, 'tree');
    const runs = join(dir, 'runs');
    const files = Array.from({ length: inputs }, (_, n) => join(dir, `song-${n}.json`));
    await Promise.all(files.map((file, n) => writeFile(file, `{"n":${n}}`)));
    const runner = 'sh:echo run >> "$RUNS"; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

    const ended = await Promise.all(
      Array.from({ length: processes }, () =>
        cab(['submit', ...files, '--runner', runner, '--cas-root', root, '--wait', '--json'], {
          env: { RUNS: runs },
        }),
      ),
    );

    const jobs = ended.flatMap(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { status: string; cached: boolean; job_id: string }),
    );
    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array.from({ length: processes }, () => ({ code: 0, stderr: '' })),
    );
    expect(jobs).toHaveLength(processes * inputs);
    expect(new Set(jobs.map(({ job_id }) => job_id)).size).toBe(processes * inputs);
    expect(jobs.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(jobs.filter(({ cached }) => !cached)).toHaveLength(inputs);
    expect((await readFile(runs, 'utf8')).trim().split('\n')).toHaveLength(inputs);
    const tree = await inspectTree(root);
    expect(tree).toMatchObject({ wrong: [], leftovers: [] });
    expect(tree.entries).toHaveLength(inputs);
  },
);
