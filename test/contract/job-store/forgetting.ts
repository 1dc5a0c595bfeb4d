import { describe, expect, it } from 'vitest';
import type { EntryKey } from '../../../src/core/model/entry/key.ts';
import type { AreGone } from '../../../src/core/ports/jobs/retention.ts';
import { keyOf, newJob, owner, scopeOf } from '../../helpers/jobs.ts';
import { swept } from '../../helpers/swept.ts';
import type { WithQueue } from '../job-store.ts';
import { done, ended, ever, never } from './collection.ts';

export function describeForgetting(withQueue: WithQueue): void {
  describe('of entries and files that are gone', () => {
    it(
      'forgets results of a track that are old, not among the last, and gone',
      withQueue(async ({ first }) => {
        for (const name of ['a', 'b', 'c'])
          await ended(first, name, done(name), { spec: { track_id: 'T' } });
        const areGone = gone(({ source_hash }) => source_hash !== 'source-b');
        const drop = (rule: { keepLast: number; before: string }) =>
          swept((from) => first.dropResults(rule, areGone, from));
        expect(await drop({ keepLast: 3, before: ever })).toBe(0);
        expect(await drop({ keepLast: 1, before: never })).toBe(0);
        expect(await drop({ keepLast: 1, before: ever })).toBe(1);
        expect((await first.history('T', 9)).map(({ source_hash }) => source_hash)).toEqual([
          'source-c',
          'source-b',
        ]);
      }),
    );

    it(
      'forgets all results of one track, and that its pointer is to be looked at',
      withQueue(async ({ first, second }) => {
        for (const name of ['a', 'b'])
          for (const track_id of ['T', 'U'])
            await ended(first, name, done(name), { spec: { track_id } });
        await second.forgetTrack('T');
        await second.forgetTrack('none');
        expect(await first.history('T', 9)).toEqual([]);
        expect(await first.history('U', 9)).toHaveLength(2);
        expect((await first.trailing()).map(({ track_id }) => track_id)).toEqual(['U', 'U']);
        await ended(first, 'c', done('c'), { spec: { track_id: 'T' } });
        expect((await first.history('T', 9)).map(({ source_hash }) => source_hash)).toEqual([
          'source-c',
        ]);
      }),
    );

    it(
      'forgets aliases to what is gone, but not those of a running job',
      withQueue(async ({ first }) => {
        await first.submit([newJob('runs')]);
        await first.claim(scopeOf(owner(1)), 1);
        for (const name of ['runs', 'stands', 'gone'])
          await first.remember(keyOf(name), keyOf(`${name}-target`));
        const areGone = gone(({ source_hash }) => source_hash !== 'source-stands-target');
        expect(await swept((from) => first.dropAliases(areGone, from))).toBe(1);
        expect(await first.alias(keyOf('gone'))).toBeUndefined();
        expect(await first.alias(keyOf('runs'))).toEqual(keyOf('runs-target'));
        expect(await first.alias(keyOf('stands'))).toEqual(keyOf('stands-target'));
      }),
    );

    it(
      'keeps the alias of a job that begins to run while it is asked which entries are gone',
      withQueue(async ({ first, second }) => {
        await first.submit([newJob('waits')]);
        await first.remember(keyOf('waits'), keyOf('target'));
        const areGone: AreGone = async (keys) => {
          await second.claim(scopeOf(owner(1)), 1);
          return keys.map(() => true);
        };
        expect(await swept((from) => first.dropAliases(areGone, from))).toBe(0);
        expect(await first.alias(keyOf('waits'))).toEqual(keyOf('target'));
      }),
    );

    it(
      'forgets digests of files that are not what they were',
      withQueue(async ({ first }) => {
        for (let n = 0; n < 1200; n++)
          await first.rememberDigests([{ path: `/p${n}`, fingerprint: 'f', digest: 'd' }]);
        const isStale = async (path: string) => path !== '/p7';
        expect(await swept((from) => first.dropDigests(isStale, from))).toBe(1199);
        expect(await first.digests([{ path: '/p7', fingerprint: 'f' }])).toEqual(['d']);
        expect(await first.digests([{ path: '/p8', fingerprint: 'f' }])).toEqual([undefined]);
      }),
    );
  });
}

const gone =
  (isGone: (key: EntryKey) => boolean): AreGone =>
  async (keys) =>
    keys.map(isGone);
