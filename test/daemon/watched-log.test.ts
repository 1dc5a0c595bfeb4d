import { describe, expect, it } from 'vitest';
import { watchedLog } from '../../src/daemon/watched-log.ts';
import type { WatchEvent } from '../../src/watch/watcher.ts';
import { jobOf } from '../helpers/job-documents.ts';

const path = '/inbox/a.features.json';
const job = (cached: boolean) => jobOf({ cached });
const problem = { code: 'invalid_json', message: 'no JSON', hint: 'Write JSON.' } as const;

/** Level and message of each line that the events lead to. */
function said(...events: WatchEvent[]): string[] {
  const lines: string[] = [];
  const at =
    (level: string) =>
    (_fields: object, message = ''): void =>
      void lines.push(`${level} ${message}`);
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const tell = watchedLog(logger);
  events.forEach(tell);
  return lines;
}

describe('the log of watched folders', () => {
  it('tells what happens to files', () => {
    expect(
      said(
        { type: 'submitted', path, job: job(false) },
        { type: 'moved', path, to: '/done/a.features.json' },
        { type: 'deleted', path },
        { type: 'warning', path, message: 'changed again', hint: '' },
      ),
    ).toEqual([
      `info submitted: ${path}`,
      `info moved: ${path}`,
      `info deleted: ${path}`,
      'warn changed again',
    ]);
  });

  it('leaves to the worker how a job of its own ended, and tells of hits, which no worker sees', () => {
    expect(
      said(
        { type: 'done', path, job: job(false) },
        { type: 'failed', path, job: job(false), problem },
      ),
    ).toEqual([]);
    expect(said({ type: 'done', path, job: job(true) })).toEqual([`info done: ${path}`]);
  });

  it('warns of a file that was refused', () => {
    expect(said({ type: 'failed', path, job: null, problem })).toEqual([`warn refused: ${path}`]);
  });
});
