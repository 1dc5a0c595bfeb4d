/** A root is copied while the copying process is killed, many times. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openBroker } from '../../src/index.ts';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { freshQueue, hasPostgres } from '../helpers/postgres.ts';
import { freshStore, hasS3, s3Env } from '../helpers/s3.ts';
import { seeded } from '../helpers/seeded.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { filesBelow, inspectTree } from '../helpers/tree.ts';
import { chooseSeed, longTimeout, sizeOf } from './rig/sizes.ts';

const kills = sizeOf('MIGRATION_KILLS', 2, 10);
const entries = sizeOf('MIGRATION_ENTRIES', 60, 10_000);
/** Between the starts of two kills, so that the last one still finds work. Milliseconds. */
const longestRun = sizeOf('MIGRATION_RUN_MS', 1200, 4000);

interface Target {
  readonly words: readonly string[];
  /** With which the new place is used, and another root. */
  readonly env: Readonly<Record<string, string>>;
}

const toFolder = async (dir: string): Promise<Target> => ({
  words: ['--to', join(dir, 'there')],
  env: { CAB_CAS_ROOT: join(dir, 'there') },
});

async function toServers(dir: string): Promise<Target> {
  const { url } = await freshStore();
  const queue = freshQueue();
  onTestFinished(() => queue.remove());
  return {
    words: ['--to', url, '--to', queue.url],
    // Logs stay on the machine, in the same root.
    env: { ...s3Env, CAB_STORE: url, CAB_QUEUE: queue.url, CAB_CAS_ROOT: join(dir, 'here') },
  };
}

describe.each([
  { what: 'a folder', target: toFolder, skips: false },
  { what: 'a bucket and a database', target: toServers, skips: !hasS3 || !hasPostgres },
])('a root that is copied to $what', ({ target, skips }) => {
  it.skipIf(skips)(
    `is there whole in the end, with ${entries} entries and ${kills} kills`,
    { timeout: longTimeout },
    async () => {
      const random = seeded(chooseSeed('migration'));
      const dir = await tempDir();
      const here = join(dir, 'here');
      await fill(dir, here);
      const { words, env } = await target(dir);
      const migrate = ['migrate', '--cas-root', here, ...words, '--json'];
      const surroundings = { ...cleanEnvironment(), ...s3Env };
      let cutOff = 0;
      for (let kill = 0; kill < kills; kill++) {
        const child = spawn(process.execPath, [program, ...migrate], {
          ...{ cwd: dir, env: surroundings, stdio: 'ignore' },
        });
        const ended = once(child, 'exit');
        await delay(300 + random() * (longestRun - 300));
        if (child.kill('SIGKILL')) cutOff += 1;
        await ended;
      }
      console.info(`${cutOff} of ${kills} were cut off`);

      const last = await cab(migrate, { cwd: dir, env: s3Env });
      expect(last.code, last.stderr).toBe(0);
      const again = await cab(migrate, { cwd: dir, env: s3Env });
      expect(JSON.parse(again.stdout)).toMatchObject({
        entries: { copied: 0, there: entries },
        tracks: { copied: 0, there: entries },
        jobs: { copied: 0, there: entries, left: 0 },
        problems: [],
      });
      const verified = await cab(['verify', '--json'], { cwd: dir, env });
      expect(verified.code, verified.stdout).toBe(0);

      const back = join(dir, 'back');
      const returned = await cab(['migrate', '--to', back], { cwd: dir, env });
      expect(returned.code, returned.stderr).toBe(0);
      expect(await inspectTree(back)).toMatchObject({ wrong: [], leftovers: [] });
      for (const part of ['echo', '.cab/logs'])
        expect(await filesBelow(join(back, part))).toEqual(await filesBelow(join(here, part)));
      expect(await jobsOf(back)).toEqual(await jobsOf(here));
    },
  );
});

async function fill(dir: string, root: string): Promise<void> {
  const module = join(dir, 'runner.mjs');
  await writeFile(
    module,
    `import { readFile, writeFile } from 'node:fs/promises';
     export const version = '1';
     export async function run({ features_path, artifact_path }) {
       const text = await readFile(features_path, 'utf8');
       console.log('read it');
       await writeFile(artifact_path, text + text);
     }`,
  );
  const broker = await openBroker({
    root,
    runner: module,
    work: 'all',
    concurrency: 8,
    queueLimit: entries,
  });
  const all = Array.from({ length: entries }, (_, n) => n);
  const jobs = await Promise.all(
    all.map((n) => broker.submit({ features_text: `{"n":${n}}`, track_id: `song ${n}` })),
  );
  for (const { job_id } of jobs)
    expect(await broker.wait(job_id)).toMatchObject({ status: 'done' });
  await broker.close();
}

/** As the store holds them, without their numbers. */
async function jobsOf(root: string): Promise<readonly unknown[]> {
  const broker = await openBroker({ root, work: 'none' });
  const found: unknown[] = [];
  for await (const { result, ...job } of broker.jobs({ limit: 500 }))
    found.push({ ...job, etag: result?.etag });
  await broker.close();
  return found;
}
