import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OpenSeenFiles, SeenFiles, SeenState } from '../../src/core/ports/seen-files.ts';

/** @param make opens the folders of one fresh table */
export function describeSeenFiles(name: string, make: () => Promise<OpenSeenFiles>): void {
  describe(`${name} as a table of seen files`, () => {
    let open: OpenSeenFiles;
    let seen: SeenFiles;
    beforeEach(async () => {
      open = await make();
      seen = await open('/inbox');
    });
    afterEach(() => seen.close());

    it('knows no file before one is submitted', async () => {
      expect(await seen.find('a')).toBeUndefined();
      expect(await seen.list('done', 10)).toEqual([]);
      expect(await seen.counts()).toEqual({ submitting: 0, submitted: 0, done: 0, failed: 0 });
    });

    it('gives back what is about to be submitted, then what became of it', async () => {
      await seen.intend(intent('a', 1));
      expect(await seen.find('a')).toMatchObject({
        ...intent('a', 1),
        ...nothing,
        state: 'submitting',
      });
      const job = { job_id: 'job1', source_hash: 'hash1' };
      await seen.settle({ path: 'a', run_id: 'run1', state: 'submitted', ...job });
      await seen.settle({ path: 'a', run_id: 'run1', state: 'failed', error: 'x: y' });
      expect(await seen.find('a')).toMatchObject({ ...job, state: 'failed', error: 'x: y' });
    });

    it('forgets what became of a file that is submitted again, and keeps its id', async () => {
      await put(seen, 'a', 'failed');
      const before = await seen.find('a');
      await seen.intend(intent('a', 2));
      expect(await seen.find('a')).toEqual({
        ...{ id: before?.id, ...intent('a', 2), ...nothing, state: 'submitting' },
      });
    });

    it('changes nothing by the outcome of an earlier run', async () => {
      await seen.intend(intent('a', 2));
      await seen.settle({ path: 'a', run_id: 'run1', state: 'done' });
      await seen.forget({ path: 'a', run_id: 'run1' });
      expect(await seen.find('a')).toMatchObject({ state: 'submitting', run_id: 'run2' });
    });

    it('takes another fingerprint of the same content', async () => {
      await put(seen, 'a', 'done');
      await seen.restamp('a', 'later');
      expect(await seen.find('a')).toMatchObject({ state: 'done', fingerprint: 'later' });
    });

    it('forgets a file, and all whose submission was refused', async () => {
      await put(seen, 'gone', 'done');
      await put(seen, 'failed', 'failed', 'job1');
      await put(seen, 'refused', 'failed');
      await seen.forget({ path: 'gone', run_id: 'run1' });
      await seen.forgetRefused();
      expect(await paths(seen.resting(10, 0))).toEqual(['failed']);
    });

    it('lists by path, by id and by job, page by page', async () => {
      await put(seen, 'c', 'done');
      await put(seen, 'a', 'done');
      await put(seen, 'b', 'failed');
      await put(seen, 'e', 'submitted', 'job1');
      await put(seen, 'd', 'submitted', 'job2');
      expect(await paths(seen.list('done', 1))).toEqual(['a']);
      expect(await paths(seen.list('done', 10, 'a'))).toEqual(['c']);
      expect(await paths(seen.submitted(10))).toEqual(['e', 'd']);
      const [first, ...more] = await seen.resting(10, 0);
      expect([first, ...more].map((file) => file?.path)).toEqual(['c', 'a', 'b']);
      expect(await paths(seen.resting(1, first?.id ?? 0))).toEqual(['a']);
      expect(await seen.counts()).toEqual({ submitting: 0, submitted: 2, done: 2, failed: 1 });
    });

    it('keeps folders apart', async () => {
      await put(seen, 'a', 'done');
      const other = await open('/other');
      expect(await other.find('a')).toBeUndefined();
      await other.close();
    });

    it('has one watcher a folder, and the next one finds what the first has left', async () => {
      await put(seen, 'a', 'done');
      await expect(open('/inbox')).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining('/inbox') as string,
      });
      await seen.close();
      seen = await open('/inbox');
      expect(await seen.find('a')).toMatchObject({ state: 'done' });
    });
  });
}

const nothing = { job_id: null, source_hash: null, error: null };

const intent = (path: string, run: number) => ({
  path,
  fingerprint: `print of ${path}`,
  track_id: path,
  run_id: `run${run}`,
});

async function put(
  seen: SeenFiles,
  path: string,
  state: SeenState,
  job_id: string | null = null,
): Promise<void> {
  await seen.intend(intent(path, 1));
  await seen.settle({ path, run_id: 'run1', state, job_id });
}

const paths = async (files: ReturnType<SeenFiles['submitted']>): Promise<string[]> =>
  (await files).map(({ path }) => path);
