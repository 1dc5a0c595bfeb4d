import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { removeTracks } from '../../src/core/maintenance/remove-tracks.ts';
import { age } from '../helpers/collection.ts';
import { localMaintained } from '../helpers/local-maintained.ts';
import { memoryMaintained } from '../helpers/memory-maintained.ts';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
const runner = new ScriptedRunner();
const cab = (line: string): Promise<Ran> => runCommand(line.split(' '), { cwd, runner });
const root = (): string => join(cwd, 'data/echo_cas');
const tracks = async (): Promise<string[]> => {
  const [{ tracks: all }] = (await cab('tracks --json')).json as [
    { tracks: { track_id: string }[] },
  ];
  return all.map(({ track_id }) => track_id);
};

beforeEach(async () => {
  cwd = await tempDir();
  for (const [at, track] of ['song', 'test-1', 'test-2', 'test/3', 'rest'].entries()) {
    await writeFile(join(cwd, 'a.json'), `{"n":${at}}`);
    await cab(`submit a.json --track ${track}`);
  }
});

describe('cab tracks rm', () => {
  it('takes away the tracks that fit, and no others', async () => {
    const { code, stdout } = await cab('tracks rm test*');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /^test-1 {2}\S+\ntest-2 {2}\S+\ntest\/3 {2}\S+\nremoved {2}3 tracks\n$/,
      ),
    ]);
    expect(await tracks()).toEqual(['rest', 'song']);
    expect((await cab('history test-1')).code).toBe(3);
    expect((await cab('tracks rm so?g')).code).toBe(0);
    expect(await tracks()).toEqual(['rest']);
  });

  it('takes nothing that only a part of its id fits, and no pattern for an expression', async () => {
    for (const pattern of ['est', 'test', 'test-.', '[st]*', 'song|rest', ''])
      expect((await runCommand(['tracks', 'rm', pattern], { cwd, runner })).code, pattern).toBe(3);
    expect(await tracks()).toHaveLength(5);
  });

  it('leaves its entries to garbage collection', async () => {
    age(root());
    expect((await cab('gc -n')).stdout).toMatch(/^would go {2}0 of 5/m);
    await cab('tracks rm test-*');
    expect((await cab('gc -n')).stdout).toMatch(/^would go {2}2 of 5/m);
    expect((await cab('verify --json')).json).toMatchObject([{ sound: true }]);
  });

  it('touches nothing with --dry-run', async () => {
    expect((await cab('tracks rm test-* -n')).stdout).toMatch(/^would go {2}2 tracks$/m);
    expect((await cab('tracks rm test-* -n --json')).json).toMatchObject([
      { dry_run: true, tracks: [{ track_id: 'test-1' }, { track_id: 'test-2' }] },
    ]);
    expect(await tracks()).toHaveLength(5);
  });

  it('refuses a pattern that fits no track, and names the root', async () => {
    expect(await cab('tracks rm nope*')).toMatchObject({
      code: 3,
      stdout: '',
      stderr: expect.stringContaining(`no track fits "nope*" in ${root()}\n`) as unknown,
    });
  });

  it('begins a track again with the next job of it', async () => {
    await cab('tracks rm song');
    await cab('submit a.json --track song');
    expect((await cab('history song --json')).json).toMatchObject([
      { history: [expect.anything()] },
    ]);
  });
});

describe.each([
  ['a directory', localMaintained],
  ['memory', memoryMaintained],
])('a track that is removed from %s', (_, make) => {
  it('comes back with a job that ended meanwhile', async () => {
    const { open } = await make();
    const opened = open();
    const { pointers, jobs } = opened;
    const target = {
      ...{ track_id: 't', config_hash: 'c', source_hash: 's' },
      ...{ artifact: 'a.json', manifest: 'manifest.json', etag: 'e' },
    };
    const later = { ...target, source_hash: 'later', job_id: null, at: '2026-01-01T00:00:00.000Z' };
    await pointers.write(target);
    const store = await jobs.made();
    const racing = {
      jobs,
      pointers: Object.assign(Object.create(pointers) as typeof pointers, {
        list: () => pointers.list(),
        read: (track: string) => pointers.read(track),
        write: (to: typeof target) => pointers.write(to),
        confirm: (track: string) => pointers.confirm(track),
        // The job settles, and looks at its pointer, right before that goes.
        remove: async (track: string) => {
          await store.adopt([later]);
          return pointers.remove(track);
        },
      }),
    };
    await removeTracks(racing, 't', { dryRun: false });
    expect(await pointers.read('t')).toMatchObject({ source_hash: 'later' });
    await opened.close();
  });
});
