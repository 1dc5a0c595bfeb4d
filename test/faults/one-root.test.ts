import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandTable } from '../../src/commands/index.ts';
import { cab, type Ended } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { longTimeout, sizeOf } from './rig/sizes.ts';

const commands = 10;
const inputs = sizeOf('ONE_ROOT_INPUTS', 8, 100);
const runner =
  'sh:echo "$CAB_SOURCE_HASH" >> "$RUNS"; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

it(
  'a daemon, a second that is refused, ten commands and a collection share one root',
  { timeout: longTimeout },
  async () => {
    const dir = await tempDir();
    const root = join(dir, 'tree');
    const env = { RUNS: join(dir, 'runs') };
    const files = Array.from({ length: inputs }, (_, n) => join(dir, `song-${n}.json`));
    await Promise.all(files.map((file, n) => writeFile(file, `{"n":${n}}`)));
    const serve = ['--runner', runner, '--concurrency', '2'];
    const daemon = await daemonProcess({ root, args: serve, env });
    const submit = (...more: string[]): Promise<Ended> =>
      cab(
        ['submit', ...files, '--runner', runner, '--cas-root', root, '--wait', '--json', ...more],
        {
          env,
        },
      );

    const refused = cab(['serve', '--port', '0', '--cas-root', root, ...serve]);
    const working = Promise.all(
      Array.from({ length: commands }, (_, n) => submit(...(n % 2 === 0 ? ['--offline'] : []))),
    );
    const collected = collectUntil(root, working);
    const ended = await working;
    expect(await refused).toMatchObject({ code: 4, stderr: expect.stringContaining('already') });
    for (const { code } of await collected) expect(code).toBe(0);

    expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      Array.from({ length: commands }, () => ({ code: 0, stderr: '' })),
    );
    const jobs = ended.flatMap(({ stdout }) =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { status: string; cached: boolean }),
    );
    expect(jobs).toHaveLength(commands * inputs);
    expect(jobs.filter(({ status }) => status !== 'done')).toEqual([]);
    expect(jobs.filter(({ cached }) => !cached)).toHaveLength(inputs);
    expect(await daemon.end('SIGTERM')).toBe(0);
    const tree = await inspectTree(root);
    expect(tree).toMatchObject({ wrong: [], leftovers: [] });
    expect(tree.entries).toHaveLength(inputs);
  },
);

/** One collection after another, where there is such a command. */
async function collectUntil(root: string, working: Promise<unknown>): Promise<Ended[]> {
  const collections: Ended[] = [];
  if (!commandTable.has('gc')) return collections;
  const pending = Symbol('pending');
  const look = (): Promise<unknown> => Promise.race([working, Promise.resolve(pending)]);
  do collections.push(await cab(['gc', '--cas-root', root, '--json']));
  while ((await look()) === pending);
  return collections;
}
