/** Roots that are reached from another time namespace, or lie on an overlay file system, as in containers. */
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { age, collect } from '../helpers/collection.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { ended, isRoot } from './rig/users.ts';

let dir: TempDir;

beforeEach(async () => {
  dir = await ownedTempDir();
});
afterEach(async () => {
  spawnSync('umount', ['-l', join(dir.path, 'merged')]);
  await dir.remove();
});

const otherTime = ['unshare', '--time', '--monotonic', '100000', '--boottime', '100000', '--fork'];
const canChangeTime = spawnSync('unshare', [...otherTime.slice(1), 'true']).status === 0;

it.runIf(canChangeTime)('a command in another time namespace takes nobody for dead', async () => {
  const root = join(dir.path, 'root');
  const go = join(dir.path, 'go');
  const inputs = ['a', 'b'].map((name) => join(dir.path, `${name}.json`));
  for (const file of inputs) await writeFile(file, JSON.stringify(file));
  const line = `sh:echo x >> ${dir.path}/runs; while [ ! -e ${go} ]; do sleep 0.05; done; echo made`;
  const words = (file = ''): string[] => [
    ...[process.execPath, program, 'submit', file, '--runner', line],
    ...['--cas-root', root, '--wait', '--offline', '--lease', '2s'],
  ];
  const start = (before: string[], file?: string) => {
    const [command, ...rest] = [...before, ...words(file)] as [string, ...string[]];
    return ended(
      spawn(command, rest, { env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  };
  const runs = async (): Promise<number> =>
    (await readFile(join(dir.path, 'runs'), 'utf8').catch(() => '')).length / 2;
  const here = start([], inputs[0]);
  await until(async () => (await runs()) === 1);
  const there = start(otherTime, inputs[1]);
  await until(async () => (await runs()) === 2);
  // Each looks after the other's lease several times.
  await new Promise((resolve) => setTimeout(resolve, 7000));
  await writeFile(go, '');
  expect(await here).toMatchObject({ code: 0 });
  expect(await there).toMatchObject({ code: 0 });
  expect(await runs()).toBe(2);
});

/** A root that was part of an image: its directories belong to a lower layer. */
async function overlaid(): Promise<string | undefined> {
  for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(join(dir.path, name));
  const made = join(dir.path, 'lower/root');
  const flags = ['--runner', 'sh:echo made', '--cas-root', made, '--wait'];
  for (const input of ['1', '2'])
    expect(await cab(['submit', '-', ...flags], { input })).toMatchObject({ code: 0 });
  const at = (name: string): string => join(dir.path, name);
  const options = `lowerdir=${at('lower')},upperdir=${at('upper')},workdir=${at('work')}`;
  const mount = ['-t', 'overlay', 'overlay', '-o', options, at('merged')];
  return spawnSync('mount', mount).status === 0 ? join(at('merged'), 'root') : undefined;
}

it.runIf(isRoot)(
  'entries of a lower layer are taken aside, repaired and collected',
  async (context) => {
    const root = await overlaid();
    if (root === undefined) return context.skip('no overlay can be mounted here');
    const entries = await entriesIn(root);
    expect(entries).toHaveLength(2);
    const [damaged = ''] = entries;
    const artifact = (await readdir(damaged)).find((name) => name !== 'manifest.json') ?? '';
    await chmod(join(damaged, artifact), 0o644);
    await writeFile(join(damaged, artifact), 'other');
    // Its findings were mended, and there were some.
    expect(await cab(['verify', '--repair', '--cas-root', root])).toMatchObject({ code: 6 });
    const quarantine = join(root, '.cab/quarantine');
    const [evidence = ''] = (await readdir(quarantine)).filter((name) => !name.endsWith('.json'));
    expect(await readFile(join(quarantine, evidence, artifact), 'utf8')).toBe('other');
    expect(await cab(['verify', '--cas-root', root])).toMatchObject({ code: 0 });

    age(root);
    const { entries: collected } = await collect(root);
    expect(collected).toMatchObject({ removed: 1, failed: 0 });
    expect(await entriesIn(root)).toEqual([]);
    const { trash } = await collect(root, { graceMs: 0 });
    expect(trash).toMatchObject({ deleted: 1 });
  },
);

async function entriesIn(root: string): Promise<string[]> {
  const found: string[] = [];
  for (const config of await readdir(join(root, 'echo')))
    if (config !== 'index')
      for (const source of await readdir(join(root, 'echo', config)))
        found.push(join(root, 'echo', config, source));
  return found;
}
