import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { WatchEvent } from '../../src/watch/watcher.ts';
import { until } from '../helpers/until.ts';
import { deaf, eachWatching, quiet } from './watching.ts';

describe('a file whose job ended done', () => {
  const now = eachWatching();
  const left = async (): Promise<string[]> =>
    (await readdir(now().path(''), { recursive: true })).sort();

  it('is deleted with its marker, and taken as new when it comes again', async () => {
    const watching = now();
    await watching.watch({ onDone: { do: 'delete' }, readySuffix: '.done' });
    for (const round of [1, 2]) {
      await watching.write('song.features.json', '{"v":1}');
      await watching.write('song.features.json.done', '');
      await watching.cleared(round);
      expect(await left()).toEqual([]);
    }
    expect((await watching.jobs()).map(({ cached }) => cached)).toEqual([false, true]);
    expect(watching.events.map(({ type }) => type)).toEqual(
      [1, 2].flatMap(() => ['submitted', 'done', 'deleted']),
    );
  });

  it('is moved with its directories, and never over another', async () => {
    const watching = now();
    const to = watching.path('processed');
    const watcher = await watching.watch({ onDone: { do: 'move', to } });
    for (const n of [1, 2, 3]) {
      await watching.write('a/b/song.features.json', `{"v":${n}}`);
      await watching.cleared(n);
    }
    await watching.write('plain.features.json', '{"v":4}');
    await watching.cleared(4);
    expect(await watcher.status()).toMatchObject({ done: 4, running: 0, failed: 0 });
    expect(await left()).toEqual([
      ...['a', 'a/b', 'processed', 'processed/a', 'processed/a/b'],
      'processed/a/b/song-1.features.json',
      'processed/a/b/song-2.features.json',
      'processed/a/b/song.features.json',
      'processed/plain.features.json',
    ]);
    expect(await readFile(`${to}/a/b/song.features.json`, 'utf8')).toBe('{"v":1}');
    expect(await readFile(`${to}/a/b/song-2.features.json`, 'utf8')).toBe('{"v":3}');
  });

  it.runIf(process.platform === 'linux')(
    'stays while a process has it open for writing, and goes once it is whole',
    async () => {
      const watching = now();
      const path = watching.path('song.features.json');
      const script = 'exec 3>"$0"; printf 1 >&3; read x; printf 2 >&3';
      const writer = spawn('sh', ['-c', script, path], { stdio: ['pipe', 'ignore', 'inherit'] });
      await watching.watch({
        onDone: { do: 'delete' },
        rescanMs: 20,
      });
      await until(() => watching.warnings().length > 0);
      expect(watching.warnings()[0]).toBe(
        `${path} stays: process ${writer.pid ?? 0} (sh) has it open for writing`,
      );
      writer.stdin.end('go on\n');
      await once(writer, 'exit');
      await until(async () => (await left()).length === 0);
      expect(watching.runner.seen).toEqual(['1', '12']);
    },
  );

  it('stays where it is written to right after the run', async () => {
    const watching = now();
    const onEvent = (event: WatchEvent): void => {
      if (event.type === 'done') appendFileSync(event.path, '\n\n');
      watching.events.push(event);
    };
    await watching.write('song.features.json', '{"v":1}');
    const watcher = await watching.watch({ onDone: { do: 'delete' }, onEvent });
    await until(() => watching.warnings().length > 0);
    expect(watching.warnings()[0]).toMatch(/stays: it is not the file any more/);
    // Its content is the same JSON, and so it goes once a later round has found it still.
    await quiet(watcher);
    expect(await readFile(watching.path('song.features.json'), 'utf8')).toBe('{"v":1}\n\n');
  });

  it('stays beside the file that has taken its name meanwhile', async () => {
    const watching = now();
    await watching.write('song.features.json', '{"v":1}');
    const first = await watching.watch();
    await watching.ended(1);
    await first.close();
    const [job] = await watching.jobs();
    await rm(watching.path('song.features.json'));
    await writeFile(watching.path(`.cab-${job?.run_id ?? ''}`), '{"v":"not hashed"}');
    await watching.write('song.features.json', '{"v":1}');
    const second = await watching.watch({
      onDone: { do: 'move', to: watching.outside('gone') },
      // A round may come upon the second file before it has held still; the next one clears it.
      rescanMs: 20,
    });
    await watching.cleared(2);
    expect((await second.status()).done).toBe(2);
    const moved = await readdir(watching.outside('gone'));
    const texts = await Promise.all(
      moved.map((name) => readFile(watching.outside(`gone/${name}`), 'utf8')),
    );
    expect(texts.sort()).toEqual(['{"v":"not hashed"}', '{"v":1}']);
  });

  it('stays where the job failed, and where it was changed since', async () => {
    const watching = now();
    const gate = watching.runner.hold();
    watching.runner.behave = async ({ features_path }) => {
      const text = await readFile(features_path, 'utf8');
      if (text.includes('fail')) throw new Error('no luck');
      return undefined;
    };
    await watching.write('failing.features.json', '{"v":"fail"}');
    await watching.write('changed.features.json', '{"v":1}');
    const watcher = await watching.watch({ onDone: { do: 'delete' }, settleMs: 400 });
    await until(() => watching.runner.calls === 2);
    // The content of the job, so that it ends done, in another file.
    await watching.drop('changed.features.json', '{"v":1 }');
    gate.open();
    await watching.ended(2);
    expect(await left()).toContain('changed.features.json');
    expect(await readFile(watching.path('changed.features.json'), 'utf8')).toBe('{"v":1 }');
    await quiet(watcher);
    expect(await left()).toContain('failing.features.json');
    expect(await watcher.status()).toMatchObject({ failed: 1 });
  });

  it('is cleared by a later round where the destination was in the way', async () => {
    const watching = now();
    const to = watching.outside('processed');
    await writeFile(to, 'a file, where a directory should be');
    const watcher = await watching.watch({ onDone: { do: 'move', to }, rescanMs: 20 });
    await watching.write('song.features.json', '{"v":1}');
    await until(() => watching.warnings().some((text) => /could not be moved \(E/.test(text)));
    expect((await watcher.status()).done).toBe(1);
    await rm(to);
    // The next round may have made it already.
    await mkdir(to, { recursive: true });
    await until(() => watching.events.some(({ type }) => type === 'moved'));
    expect(await readdir(to)).toEqual(['song.features.json']);
    expect(await left()).toEqual([]);
  });

  it('is found again where a crash left it under its hidden name', async () => {
    const watching = now();
    await watching.write('song.features.json', '{"v":1}');
    await watching.write('other.features.json', '{"v":2}');
    const first = await watching.watch();
    await watching.ended(2);
    await first.close();
    for (const { track_id, run_id } of await watching.jobs())
      await rename(watching.path(`${track_id ?? ''}.json`), watching.path(`.cab-${run_id}`));
    const hidden = (await watching.jobs()).find(({ track_id }) => track_id === 'other.features');
    await writeFile(watching.path(`.cab-${hidden?.run_id ?? ''}`), '{"v":"changed"}');
    const to = watching.outside('processed');
    const second = await watching.watch({ onDone: { do: 'move', to } });
    await watching.cleared(2);
    expect((await second.status()).done).toBe(2);
    expect((await readdir(to)).sort()).toEqual(['other.features.json', 'song.features.json']);
    expect(await readFile(`${to}/other.features.json`, 'utf8')).toBe('{"v":"changed"}');
    expect(await watching.tracks()).toEqual(['other.features', 'other.features', 'song.features']);
  });

  it('is put back under its name by a watcher that keeps files', async () => {
    const watching = now();
    await watching.write('song.features.json', '{"v":1}');
    const first = await watching.watch();
    await watching.ended(1);
    await first.close();
    const [job] = await watching.jobs();
    await rename(watching.path('song.features.json'), watching.path(`.cab-${job?.run_id ?? ''}`));
    await watching.watch();
    await until(async () => (await left()).join() === 'song.features.json');
    expect(await readFile(watching.path('song.features.json'), 'utf8')).toBe('{"v":1}');
  });

  it('is not forgotten while it lies under its hidden name', async () => {
    const watching = now();
    await watching.write('song.features.json', '{"v":1}');
    await watching.write('other.features.json', '{"v":2}');
    const first = await watching.watch({ openHints: deaf, rescanMs: 20 });
    await watching.ended(2);
    const job = (await watching.jobs()).find(({ track_id }) => track_id === 'song.features');
    // As another watcher on the folder does, or as one that has stopped in the middle of its work.
    await rename(watching.path('song.features.json'), watching.path(`.cab-${job?.run_id ?? ''}`));
    // Each is found by a round alone.
    for (const n of [3, 4, 5, 6]) {
      await watching.write(`${n}.features.json`, `{"v":${n}}`);
      await watching.ended(n);
    }
    await first.close();
    const to = watching.outside('processed');
    await watching.watch({ onDone: { do: 'move', to } });
    await watching.cleared(6);
    expect(await readdir(to)).toContain('song.features.json');
  });

  it('is passed over in its destination, also where links lead there', async () => {
    const watching = now();
    const link = watching.outside('link');
    await symlink(watching.path(''), link);
    await watching.write('song.features.json', '{"v":1}');
    const watcher = await watching.watch({
      folder: link,
      onDone: { do: 'move', to: `${link}/processed` },
    });
    await watching.cleared(1);
    await watching.write('later.features.json', '{"v":2}');
    await watching.cleared(2);
    await quiet(watcher);
    expect(await watching.tracks()).toEqual(['later.features', 'song.features']);
    expect(await left()).toEqual([
      'processed',
      'processed/later.features.json',
      'processed/song.features.json',
    ]);
  });

  it('is never moved to the folder that it came from', async () => {
    const watching = now();
    await symlink(watching.path(''), watching.outside('link'));
    await watching.write('song.features.json', '{"v":1}');
    for (const to of [watching.path(''), watching.path('sub/..'), watching.outside('link')])
      await expect(watching.watch({ onDone: { do: 'move', to } })).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining('is the watched folder itself') as unknown,
      });
    expect(await watching.tracks()).toEqual([]);
  });
});
