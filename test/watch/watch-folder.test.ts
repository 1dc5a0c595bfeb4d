import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { deaf, eachWatching, quiet } from './watching.ts';

describe('a watched folder', () => {
  const now = eachWatching();

  it('submits files that are there, that are written and that are renamed in', async () => {
    const watching = now();
    await watching.write('there.features.json', '{"n":1}');
    const watcher = await watching.watch();
    await watching.ended(1);
    await watching.write('written.features.json', '{"n":2}');
    await watching.drop('dropped.features.json', '{"n":3}');
    await watching.write('other.txt', 'none of its business');
    await watching.ended(3);
    await quiet(watcher);
    expect(await watching.tracks()).toEqual([
      'dropped.features',
      'there.features',
      'written.features',
    ]);
    expect(await watcher.status()).toEqual({
      mode: 'events',
      waiting: 0,
      running: 0,
      done: 3,
      failed: 0,
    });
    const types = watching.events.map(({ type }) => type).filter((type) => type !== 'warning');
    expect(types.sort()).toEqual([
      ...Array<string>(3).fill('done'),
      ...Array<string>(3).fill('submitted'),
    ]);
    // A look at the whole folder tells of files that are ignored. One may come while the last of them is there.
    const ignored = expect.stringContaining('"other.txt" is ignored') as string;
    expect(watching.warnings()).toEqual(watching.warnings().map(() => ignored));
  });

  it('finds files in subdirectories that are made and that are moved in', async () => {
    const watching = now();
    await watching.watch();
    await watching.write('a/b/c/deep.features.json', '{"n":1}');
    await mkdir(watching.outside('tree/sub'), { recursive: true });
    await writeFile(watching.outside('tree/sub/moved.features.json'), '{"n":2}');
    await watching.ended(1);
    await rename(watching.outside('tree'), watching.path('tree'));
    await watching.ended(2);
    await watching.drop('tree/sub/later.features.json', '{"n":3}');
    await watching.ended(3);
    expect(await watching.tracks()).toEqual(['deep.features', 'later.features', 'moved.features']);
  });

  it('keeps to the folder itself where it is told to, and to its pattern', async () => {
    const watching = now();
    await watching.write('sub/deep.json', '{"n":1}');
    await watching.write('flat.json', '{"n":2}');
    await watching.write('.hidden.json', '{"n":3}');
    await watching.write('flat.features', '{"n":4}');
    const watcher = await watching.watch({
      recursive: false,
      pattern: '*.json',
      track: '{dir}/{name}',
    });
    await watching.ended(1);
    await quiet(watcher);
    expect(await watching.tracks()).toEqual(['inbox/flat.json']);
  });

  it('waits while a file is written, and submits what it came to', async () => {
    const watching = now();
    await watching.watch({ settleMs: 400 });
    const stream = createWriteStream(watching.path('slow.features.json'));
    stream.write('{"n":[0');
    for (let n = 1; n < 30; n += 1) {
      await delay(20);
      stream.write(`,${n}`);
    }
    stream.end(']}');
    await once(stream, 'close');
    await watching.ended(1);
    expect(watching.events.map(({ type }) => type)).toEqual(['submitted', 'done']);
    expect(watching.runner.seen).toEqual([
      `{"n":[${Array.from({ length: 30 }, (_, n) => n).join(',')}]}`,
    ]);
  });

  it('submits a changed file again, and one that was only touched or saved unchanged not', async () => {
    const watching = now();
    await watching.write('song.features.json', '{"v":1}');
    const watcher = await watching.watch();
    await watching.ended(1);
    // Files are looked at in the order in which they came: what came before `next` was looked at by its end.
    const next = async (n: number): Promise<void> => {
      await watching.drop(`next${n}.features.json`, `{"next":${n}}`);
      await watching.ended(n);
    };
    await utimes(watching.path('song.features.json'), 1, 1);
    await next(2);
    await watching.drop('song.features.json', '{ "v": 1 }');
    await next(3);
    await watching.drop('song.features.json', '{"v":2}');
    await watching.ended(4);
    await watching.drop('song.features.json', '{"v":2}');
    await next(5);
    await quiet(watcher);
    expect((await watching.tracks()).filter((track) => track === 'song.features')).toHaveLength(2);
    await watching.drop('song.features.json', '{"v":1}');
    await watching.ended(6);
    expect((await watching.jobs()).at(-1)).toMatchObject({ cached: true, status: 'done' });
  });

  it('submits again what was changed while its job ran', async () => {
    const watching = now();
    const gate = watching.runner.hold();
    const watcher = await watching.watch();
    await watching.write('song.features.json', '{"v":1}');
    await until(() => watching.runner.calls === 1);
    await watching.write('song.features.json', '{"v":22}');
    await until(async () => (await watching.jobs()).length === 2);
    gate.open();
    await until(async () => (await watcher.status()).done === 1);
    await quiet(watcher);
    const jobs = await watching.jobs();
    expect(jobs.map(({ status }) => status)).toEqual(['error', 'done']);
    expect(jobs[0]?.problem?.code).toBe('input_changed');
    expect(await watcher.failures()).toEqual([]);
  });

  it('finds by its periodic look what no event told of', async () => {
    const watching = now();
    await watching.watch({ openHints: deaf, rescanMs: 50 });
    await watching.write('sub/unheard.features.json', '{"n":1}');
    await watching.ended(1);
    await watching.write('sub/unheard.features.json', '{"n":22}');
    await watching.ended(2);
    expect(await watching.tracks()).toEqual(['unheard.features', 'unheard.features']);
  });

  it('looks every so often where it is told to poll', async () => {
    const watching = now();
    const watcher = await watching.watch({ pollMs: 40 });
    await watching.write('polled.features.json', '{"n":1}');
    await watching.ended(1);
    expect((await watcher.status()).mode).toBe('polling');
  });

  it.each([
    ['ENOSPC', 'max_user_watches'],
    ['EMFILE', 'max_user_instances'],
  ])(
    'polls, and says what to do, where the limit on watches is reached (%s)',
    async (code, limit) => {
      const watching = now();
      const watcher = await watching.watch({
        openHints: async ({ onError }) => {
          setImmediate(() => onError(Object.assign(new Error('watch'), { code })));
          return deaf();
        },
      });
      await until(async () => (await watcher.status()).mode === 'polling');
      await watching.write('late.features.json', '{"n":1}');
      await watching.ended(1);
      expect(watching.events[0]).toMatchObject({
        type: 'warning',
        message: expect.stringContaining(code) as unknown,
        hint: expect.stringContaining(`sysctl fs.inotify.${limit}`) as unknown,
      });
    },
  );

  it('goes on when its folder comes back', async () => {
    const watching = now();
    await watching.watch({ rescanMs: 50 });
    await watching.write('one.features.json', '{"n":1}');
    await watching.ended(1);
    await rename(watching.path(''), watching.outside('away'));
    await until(() => watching.warnings().some((text) => text.includes('ENOENT')));
    await rename(watching.outside('away'), watching.path(''));
    await watching.write('two.features.json', '{"n":2}');
    await watching.ended(2);
    expect(await watching.tracks()).toEqual(['one.features', 'two.features']);
  });

  it('waits for the marker of a file', async () => {
    const watching = now();
    const watcher = await watching.watch({ readySuffix: '.done', pattern: '*' });
    await watching.write('a.features.json', '{"n":1}');
    await watching.write('b.features.json', '{"n":2}');
    await watching.write('b.features.json.done', '');
    await watching.ended(1);
    await quiet(watcher);
    expect(await watching.tracks()).toEqual(['b.features']);
    await watching.write('a.features.json.done', '');
    await watching.ended(2);
    expect(await watching.tracks()).toEqual(['a.features', 'b.features']);
  });

  it('passes over links, pipes and names that are no UTF-8, names them once, and takes odd names', async () => {
    const watching = now();
    await writeFile(watching.outside('target.json'), '{"secret":1}');
    await symlink(watching.outside('target.json'), watching.path('link.features.json'));
    await mkdir(watching.outside('linked'));
    await writeFile(watching.outside('linked/in.features.json'), '{"secret":2}');
    await symlink(watching.outside('linked'), watching.path('linkdir'));
    execFileSync('mkfifo', [watching.path('pipe.features.json')]);
    await writeFile(
      Buffer.concat([
        Buffer.from(watching.path('')),
        Buffer.from('/caf\xe9.features.json', 'latin1'),
      ]),
      '{"n":0}',
    );
    await watching.write('line\nbreak.features.json', '{"n":1}');
    await watching.write('夜に駆ける.features.json', '{"n":2}');
    await watching.watch({ rescanMs: 20 });
    await watching.ended(2);
    await watching.write('last.features.json', '{"n":3}');
    await watching.ended(3);
    expect(await watching.tracks()).toEqual([
      'last.features',
      'line\nbreak.features',
      '夜に駆ける.features',
    ]);
    const warnings = watching.warnings().sort();
    expect(warnings).toHaveLength(3);
    expect(warnings).toEqual([
      expect.stringMatching(/"café\.features\.json" .*: its name is not UTF-8/),
      expect.stringMatching(/"link\.features\.json" .*: links are not followed/),
      expect.stringMatching(/"pipe\.features\.json" .*: it is not a regular file/),
    ]);
  });

  it('refuses a folder that is watched already, and one that is none', async () => {
    const watching = now();
    const watcher = await watching.watch();
    await expect(watching.watch()).rejects.toMatchObject({ code: 'usage' });
    await watcher.close();
    await watching.watch();
    await expect(watching.watch({ folder: watching.path('none') })).rejects.toMatchObject({
      code: 'input_not_found',
    });
    await watching.write('file', '');
    await expect(watching.watch({ folder: watching.path('file') })).rejects.toMatchObject({
      code: 'input_not_file',
    });
  });

  it('passes over the directories that it is told to', async () => {
    const watching = now();
    await watching.write('store/echo/x.features.json', '{"n":1}');
    await watching.write('own/x.features.json', '{"n":2}');
    await watching.watch({ exclude: [watching.path('store')], rescanMs: 20 });
    await watching.ended(1);
    await watching.write('store/echo/y.features.json', '{"n":3}');
    await watching.write('own/z.features.json', '{"n":4}');
    await watching.ended(2);
    expect(await watching.tracks()).toEqual(['x.features', 'z.features']);
  });
});
