import { appendFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { hashSent } from '../../src/core/hashing/hash-input.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { until } from '../helpers/until.ts';
import { eachWatching, quiet } from './watching.ts';

/** The long form: CAB_WATCH_BURST=5000 */
const files = Number(process.env['CAB_WATCH_BURST'] ?? 500);

/** Milliseconds. */
const longest = 600_000;

const content = (n: number, version: number): string =>
  JSON.stringify({ n, version, padding: 'x'.repeat(n % 1000) });
const sourceOf = (text: string): string => hashSent({ text }, 'content', 'json').source_hash;

describe(`a burst of ${files} files`, () => {
  const now = eachWatching();

  it(
    'has each final content submitted exactly once, however it was written',
    async () => {
      const watching = now();
      const watcher = await watching.watch();
      const finals = new Map<string, string>();
      const final = (n: number, version: number): string => {
        finals.set(`f${n}.features`, sourceOf(content(n, version)));
        return content(n, version);
      };
      const ways: readonly ((n: number, name: string) => Promise<void>)[] = [
        (n, name) => watching.write(name, final(n, 0)),
        (n, name) => watching.drop(name, final(n, 0)),
        async (n, name) => {
          const text = final(n, 0);
          await writeFile(watching.path(name), '');
          for (let at = 0; at < text.length; at += 200) {
            await appendFile(watching.path(name), text.slice(at, at + 200));
            await new Promise(setImmediate);
          }
        },
        async (n, name) => {
          await watching.write(name, content(n, 0));
          await until(() => watching.events.length > n / 2, longest);
          await watching.drop(name, content(n, 1));
          await watching.write(name, final(n, 2));
        },
      ];
      const start = performance.now();
      const made = Array.from({ length: files }, (_, n) => {
        // One in twenty is changed while others are taken.
        const way = n % 20 === 19 ? 3 : n % 3;
        return ways[way]?.(n, `f${n}.features.json`) ?? Promise.reject(new Error('no such way'));
      });
      await Promise.all(made);
      const written = performance.now();
      const jobs = await until(async () => {
        await quiet(watcher, longest);
        const found = bySource(await watching.jobs());
        return (
          [...finals.values()].every((source) => found.get(source)?.at(-1)?.status === 'done') &&
          found
        );
      }, longest);
      await quiet(watcher, longest);
      console.info(
        `${files} files written in ${Math.round(written - start)} ms, done ${Math.round(performance.now() - written)} ms later, ` +
          `heap ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MiB`,
      );
      for (const [track, source] of finals)
        expect(jobs.get(source)?.map(({ track_id }) => track_id)).toEqual([track]);
      const status = await watcher.status();
      expect(status).toMatchObject({ waiting: 0, running: 0, done: files, failed: 0 });
    },
    2 * longest,
  );
});

function bySource(jobs: readonly JobDocument[]): Map<string, JobDocument[]> {
  const found = new Map<string, JobDocument[]>();
  for (const job of jobs) found.set(job.source_hash, [...(found.get(job.source_hash) ?? []), job]);
  return found;
}
