/** The first minutes of a new user, with nothing of it kept on this machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runPage, stepsOf } from '../helpers/docs-page.ts';
import { freshQueue, hasPostgres } from '../helpers/postgres.ts';
import { freshStore, hasS3, s3Env } from '../helpers/s3.ts';

const page = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it.skipIf(!hasS3 || !hasPostgres)(
  'the tour of README.md prints the same with a bucket and a database',
  { timeout: 300_000 },
  async () => {
    const { url } = await freshStore();
    const queue = freshQueue();
    try {
      const env = { ...s3Env, CAB_STORE: url, CAB_QUEUE: queue.url };
      const wrong = await runPage(stepsOf(page), { env, store: url });
      expect(wrong.map(({ step, output }) => `${step.line} ${step.text}\n${output}`)).toEqual([]);
    } finally {
      await queue.remove();
    }
  },
);
