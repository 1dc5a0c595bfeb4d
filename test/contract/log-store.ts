import { beforeEach, describe, expect, it } from 'vitest';
import {
  attemptHeading,
  droppedNote,
  mostAttemptBytes,
} from '../../src/core/model/job/log-piece.ts';
import type { LogStore } from '../../src/core/ports/log-store.ts';

const mebibyte = 'x'.repeat(1 << 20);

export function describeLogStore(name: string, make: () => Promise<LogStore>): void {
  describe(`${name} as a store of logs`, () => {
    let store: LogStore;
    beforeEach(async () => {
      store = await make();
    });

    async function write(attempt: number, pieces: readonly string[]): Promise<void> {
      const log = store.begin('job', attempt);
      for (const piece of pieces) log.write(piece);
      await log.close();
      await log.close();
    }

    async function written(): Promise<string> {
      let all = '';
      for (let from = 0; ;) {
        const { text, next } = await store.read('job', from);
        if (text === '') return all;
        all += text;
        from = next;
      }
    }

    it('gives nothing where nothing was written', async () => {
      await write(1, ['']);
      await write(2, ['']);
      expect(await store.read('job', 0)).toEqual({ text: '', from: 0, next: 0, size: 0 });
      expect(await store.read('job', 7)).toEqual({ text: '', from: 7, next: 7, size: 0 });
      expect(await store.read('job', -7)).toEqual({ text: '', from: 0, next: 0, size: 0 });
    });

    it('gives attempts in turn, later ones under a heading, from any byte on', async () => {
      await write(1, ['one\n', 'two\n']);
      await write(2, ['three\n']);
      expect(await written()).toBe('one\ntwo\n--- attempt 2 ---\nthree\n');
      expect(await store.read('job', 4)).toEqual({
        text: 'two\n--- attempt 2 ---\nthree\n',
        ...{ from: 4, next: 32, size: 32 },
      });
    });

    it('gives the end of a log, begun at a line, and windows of it', async () => {
      await write(1, ['one\ntwo\nthree\n']);
      const size = 14;
      expect(await store.read('job', -8)).toEqual({ text: 'three\n', from: 8, next: size, size });
      expect(await store.read('job', -3)).toEqual({ text: 'ee\n', from: 11, next: size, size });
      expect(await store.read('job', -99)).toMatchObject({ from: 0, next: size });
      expect(await store.read('job', 4, 5)).toEqual({ text: 'two\nt', from: 4, next: 9, size });
      expect(await store.read('job', -11, 6)).toEqual({
        text: 'two\nt',
        from: 4,
        next: 9,
        size,
      });
      expect(await store.read('job', size, 5)).toEqual({ text: '', from: size, next: size, size });
    });

    it('begins and ends a window at whole characters, and always gets on', async () => {
      const text = 'aé夜🎵z';
      await write(1, [text]);
      expect(await store.read('job', 2, 4)).toMatchObject({ text: '夜', from: 3, next: 6 });
      let all = '';
      let piece = await store.read('job', 0, 1);
      while (piece.text !== '') {
        all += piece.text;
        piece = await store.read('job', piece.next, 1);
      }
      expect(all).toBe(text);
    });

    it('cuts no piece within a character', async () => {
      const text = `x${'é'.repeat(1 << 20)}`;
      await write(1, [text]);
      expect(await written()).toBe(text);
    });

    it('takes 32 MiB of an attempt, and says once that the rest was dropped', async () => {
      await write(1, Array<string>(40).fill(mebibyte));
      const first = await written();
      expect(first.length).toBeGreaterThan(30 << 20);
      expect(first.length).toBeLessThanOrEqual(mostAttemptBytes + droppedNote.length);
      expect(first.split(droppedNote)).toEqual([expect.any(String), '']);

      // The next attempt has as much.
      await write(2, ['again']);
      expect(await written()).toBe(`${first}${attemptHeading(2)}again`);
    });

    it('drops nothing of an attempt that stays below', async () => {
      await write(1, [...Array<string>(31).fill(mebibyte), 'the end']);
      expect((await written()).endsWith('xthe end')).toBe(true);
    });
  });
}
