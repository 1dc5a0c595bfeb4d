import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';

/** Every step at which a process may be killed between taking a job in and having told its end. */
const steps = (await failpointNames()).filter((name) => !name.startsWith('gc.'));

/** Steps of publishing over a corrupt entry. */
const replacing = new Set(['entry.quarantined']);

const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

describe('a process killed with SIGKILL', () => {
  it.each(steps.filter((step) => !replacing.has(step)))(
    'at %s leaves whole entries, and the next command finishes the job',
    async (step) => {
      const dir = await tempDir();
      const [song, other] = [join(dir, 'song.json'), join(dir, 'other.json')];
      await writeFile(song, '{"tempo":120}');
      await writeFile(other, '{"tempo":60}');
      const submit = (file: string, env = {}) =>
        cab(['submit', file, '--runner', runner, '--cas-root', join(dir, 'tree'), '--wait'], {
          env,
        });

      const killed = await submit(song, { CAB_FAILPOINTS: `${step}=kill` });
      expect(killed.signal).toBe('SIGKILL');
      expect((await inspectTree(join(dir, 'tree'))).wrong).toEqual([]);

      expect(await submit(other)).toMatchObject({ code: 0 });
      const tree = await inspectTree(join(dir, 'tree'));
      expect(tree).toMatchObject({ wrong: [], leftovers: [] });
      expect(tree.entries).toHaveLength(2);
      const got = await cab(['get', 'song', '--cas-root', join(dir, 'tree')]);
      expect(got).toMatchObject({ code: 0, stdout: '{"tempo":120}' });
      const { counts } = JSON.parse(
        (await cab(['status', '--json', '--cas-root', join(dir, 'tree')])).stdout,
      ) as { counts: object };
      expect(counts).toEqual({ pending: 0, running: 0, done: 2, error: 0, canceled: 0 });
    },
  );
});

it('killed between quarantine and publication leaves no part of either, and the next command publishes', async () => {
  const dir = await tempDir();
  const [song, other] = [join(dir, 'song.json'), join(dir, 'other.json')];
  const root = join(dir, 'tree');
  await writeFile(song, '{"tempo":120}');
  await writeFile(other, '{"tempo":60}');
  const submit = (file: string, env = {}) =>
    cab(['submit', file, '--runner', runner, '--cas-root', root, '--wait', '--json'], { env });
  const first = JSON.parse((await submit(song)).stdout) as { result: { artifact_path: string } };
  await chmod(first.result.artifact_path, 0o644);
  await writeFile(first.result.artifact_path, '{"tempo":121}');

  const killed = await submit(song, { CAB_FAILPOINTS: 'entry.quarantined=kill' });
  expect(killed.signal).toBe('SIGKILL');
  expect((await inspectTree(root)).entries).toEqual([]);
  expect((await cab(['get', 'song', '--cas-root', root])).code).toBe(3);

  expect(await submit(other)).toMatchObject({ code: 0 });
  expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
  expect(await cab(['get', 'song', '--cas-root', root])).toMatchObject({
    code: 0,
    stdout: '{"tempo":120}',
  });
  expect(await readdir(join(root, '.cab/quarantine'))).toHaveLength(1);
});

/** Read from the source, so that a failpoint that is added cannot be forgotten here. */
async function failpointNames(): Promise<string[]> {
  const source = await readFile(join(import.meta.dirname, '../../src/core/failpoints.ts'), 'utf8');
  return [...source.matchAll(/^ {2}\| '([\w.-]+)'/gm)].map(([, name]) => name ?? '');
}
