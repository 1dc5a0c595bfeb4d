import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { OnDone, WatchEvent } from '../../src/watch/watcher.ts';
import { until } from '../helpers/until.ts';
import { deaf, eachWatching, quiet } from './watching.ts';

const song = 'song.features.json';

describe.each<{ onDone: 'delete' | 'move' }>([{ onDone: 'delete' }, { onDone: 'move' }])(
  'a file that changes, where done files are to go ($onDone)',
  ({ onDone }) => {
    const now = eachWatching();
    const moved = (): string => now().outside('processed');
    const clearing = (): OnDone =>
      onDone === 'move' ? { do: 'move', to: moved() } : { do: 'delete' };
    const types = (): string[] =>
      now().events.flatMap(({ type }) => (type === 'warning' ? [] : [type]));
    /** Of each file that was cleared; nobody reads a deleted one. */
    const cleared = async (): Promise<string[]> => {
      if (onDone === 'delete') return [];
      const names = (await readdir(moved())).sort();
      return Promise.all(names.map((name) => readFile(`${moved()}/${name}`, 'utf8')));
    };
    const kept = (...texts: string[]): string[] => (onDone === 'delete' ? [] : texts);

    it('while its job runs stays until the job of its new content is done', async () => {
      const watching = now();
      const first = watching.runner.hold();
      await watching.write(song, '{"v":1}');
      await watching.watch({ onDone: clearing() });
      await until(() => watching.runner.seen.length === 1);
      const second = watching.runner.hold();
      await watching.drop(song, '{"v":22}');
      await until(async () => (await watching.jobs()).length === 2);
      first.open();
      await until(() => watching.runner.seen.length === 2);
      expect(await readFile(watching.path(song), 'utf8')).toBe('{"v":22}');
      expect(types()).toEqual(['submitted', 'submitted']);
      second.open();
      await watching.cleared(1);
      expect(watching.runner.seen).toEqual(['{"v":1}', '{"v":22}']);
      expect((await watching.jobs()).map(({ status }) => status)).toEqual(['error', 'done']);
      expect(await readdir(watching.path(''))).toEqual([]);
      expect(await cleared()).toEqual(kept('{"v":22}'));
    });

    it('once its job is done stays until the job of its new content is done', async () => {
      const watching = now();
      const gone: string[] = [];
      let dropped: Promise<void> | undefined;
      const onEvent = (event: WatchEvent): void => {
        if (event.type === 'done') dropped ??= watching.drop(song, '{"v":22}');
        if (event.type === 'moved' || event.type === 'deleted')
          gone.push(watching.runner.seen.at(-1) ?? '');
        watching.events.push(event);
      };
      await watching.write(song, '{"v":1}');
      await watching.watch({ onDone: clearing(), onEvent, settleMs: 400 });
      await watching.cleared(1);
      expect(gone).toEqual(['{"v":22}']);
      expect(await cleared()).toEqual(kept('{"v":22}'));
      expect(await readdir(watching.path(''))).toEqual([]);
    });

    it('to other bytes of the same content goes as these, once a round has found it still', async () => {
      const watching = now();
      const gate = watching.runner.hold();
      await watching.write(song, '{"v":1}');
      await watching.watch({ onDone: clearing(), rescanMs: 20 });
      await until(() => watching.runner.seen.length === 1);
      await watching.drop(song, '{"v":1 }');
      gate.open();
      await watching.cleared(1);
      expect(await cleared()).toEqual(kept('{"v":1 }'));
      expect(await watching.jobs()).toHaveLength(1);
    });

    it('and is removed by its owner while its job runs is not missed, and may come again', async () => {
      const watching = now();
      const gate = watching.runner.hold();
      await watching.write(song, '{"v":1}');
      const watcher = await watching.watch({ onDone: clearing() });
      await until(() => watching.runner.seen.length === 1);
      await rm(watching.path(song));
      gate.open();
      await until(async () => (await watcher.status()).running === 0);
      await quiet(watcher);
      await watching.write(song, '{"v":22}');
      await watching.cleared(1);
      expect(watching.runner.seen.at(-1)).toBe('{"v":22}');
      expect(await cleared()).toEqual(kept('{"v":22}'));
    });
  },
);

describe('a file that changes', () => {
  const now = eachWatching();

  it('while its job runs has not failed where that job does: the later one counts', async () => {
    const watching = now();
    const first = watching.runner.hold();
    await watching.write(song, '{"v":1}');
    const watcher = await watching.watch();
    await until(() => watching.runner.seen.length === 1);
    const [{ run_id } = { run_id: '' }] = await watching.jobs();
    watching.runner.behave = (call) =>
      call.run_id === run_id ? Promise.reject(new Error('no luck')) : undefined;
    const second = watching.runner.hold();
    await watching.drop(song, '{"v":22}');
    await until(() => watching.runner.seen.length === 2);
    first.open();
    await watching.ended(1);
    expect(await watcher.status()).toMatchObject({ running: 1, failed: 0 });
    second.open();
    await watching.ended(2);
    await quiet(watcher);
    expect(watching.events.map(({ type }) => type)).toEqual([
      'submitted',
      'submitted',
      'failed',
      'done',
    ]);
    expect(await watcher.status()).toMatchObject({ done: 1, failed: 0 });
  });

  it('while its job runs has not failed, and is submitted again, though no event tells of it', async () => {
    const watching = now();
    const gate = watching.runner.hold();
    await watching.write(song, '{"v":1}');
    await watching.watch({ openHints: deaf });
    await until(() => watching.runner.calls === 1);
    await watching.write(song, '{"v":22}');
    gate.open();
    await watching.ended(1);
    expect(watching.runner.seen).toContain('{"v":22}');
    expect(watching.events.map(({ type }) => type)).not.toContain('failed');
  });

  it('right after it was submitted is submitted again, though no event tells of it', async () => {
    const watching = now();
    const onEvent = (event: WatchEvent): void => {
      if (event.type === 'submitted' && watching.events.length === 0)
        writeFileSync(event.path, '{"v":22}');
      watching.events.push(event);
    };
    await watching.write(song, '{"v":1}');
    await watching.watch({ openHints: deaf, onEvent });
    await until(() => watching.runner.seen.includes('{"v":22}'));
    expect(await watching.tracks()).toEqual(['song.features', 'song.features']);
  });
});
