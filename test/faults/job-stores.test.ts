import Sqlite from 'better-sqlite3';
import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { isCabError } from '../../src/core/model/errors.ts';
import { openJobStore } from '../../src/stores/sqlite/sqlite-job-store.ts';
import { cab } from '../helpers/cab.ts';
import { seeded } from '../helpers/seeded.ts';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { openQueue } from '../helpers/sqlite-queue.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { newJob } from '../helpers/jobs.ts';
import { chooseSeed, longTimeout, sizeOf, someOf } from './rig/sizes.ts';

const fixtures = join(import.meta.dirname, '../fixtures/queue');
const versions = (await readdir(fixtures)).filter((name) => /^schema-\d+\.sql$/.test(name));
const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
const seed = chooseSeed('job stores');

let root: string;
let file: string;
beforeEach(async () => {
  root = join(await tempDir(), 'tree');
  file = join(root, '.cab/jobs.db');
  await mkdir(join(root, '.cab'), { recursive: true });
});

describe('a job store of an earlier version', () => {
  it.each(versions)('%s comes up with every job in its state', async (name) => {
    const old = new Sqlite(file);
    old.exec(await readFile(join(fixtures, name), 'utf8'));
    const states = old.prepare('SELECT state, count(*) AS jobs FROM jobs GROUP BY state').all() as {
      state: string;
      jobs: number;
    }[];
    const ids = old.prepare('SELECT id FROM jobs').pluck().all();
    old.close();
    const { stdout, code } = await read('status', '--json', '--limit', '100');
    expect(code).toBe(0);
    const shown = JSON.parse(stdout) as { counts: object; jobs: { job_id: string }[] };
    expect(shown.counts).toMatchObject(
      Object.fromEntries(states.map(({ state, jobs }) => [state, jobs])),
    );
    expect(shown.jobs.map(({ job_id }) => job_id).sort()).toEqual([...ids].sort());
  });
});

/** A command that only looks, in this process. */
const read = (...words: string[]): Promise<Ran> =>
  runCommand([...words, '--cas-root', root], { cwd: dirname(root) });

/** Each is refused; `.cab` is then as it was, byte for byte. */
const broken: Record<string, () => Promise<void>> = {
  'cut off in its first page': () => truncate(file, 3000),
  'cut off behind it': () => truncate(file, 4096 * 3),
  'filled with zeros': async () => writeFile(file, Buffer.alloc((await readFile(file)).length)),
  'of another program': async () => {
    await rm(file);
    sql('CREATE TABLE songs (title TEXT)');
  },
  'no database': () => writeFile(file, 'notes\n'.repeat(2000)),
  'of a newer version': async () => sql('PRAGMA user_version = 999'),
};

function sql(text: string): void {
  const database = new Sqlite(file);
  database.exec(text);
  database.close();
}

describe('a job store that is', () => {
  it.each(someOf(Object.keys(broken), 3, seed))(
    '%s is refused and named, stays as it is, and the entries still serve',
    async (how) => {
      const song = join(root, '../song.json');
      await writeFile(song, '{"n":1}');
      const submit = ['submit', song, '--cas-root', root, '--runner', runner, '--wait'];
      expect(await cab(submit)).toMatchObject({ code: 0 });
      await broken[how]?.();
      const before = await snapshot();
      for (const args of [
        submit,
        ['status', '--cas-root', root],
        ['serve', '--port', '0', '--cas-root', root, '--runner', runner],
      ])
        expect(await cab(args)).toMatchObject({
          code: 4,
          stdout: '',
          stderr: expect.stringContaining(file),
        });
      expect(await snapshot()).toEqual(before);
      expect(await read('get', 'song')).toMatchObject({ code: 0, stdout: '{"n":1}' });
    },
  );

  it('sound to SQLite, but for a row, is told by whoever reads it and by doctor, which keeps the other jobs', async () => {
    const store = await openQueue(file);
    const [bad, good] = await store.submit([newJob('bad'), newJob('good')]);
    await store.close();
    sql(`UPDATE jobs SET spec = '{"inp' WHERE id = '${bad?.id}'`);
    const common = ['--cas-root', root, '--runner', runner];
    for (const [args, code] of [
      [['status', '--cas-root', root], 4],
      [['doctor', ...common], 1],
    ] as const) {
      const { code: ended, stdout, stderr } = await cab([...args]);
      expect(ended).toBe(code);
      expect(stdout + stderr).toContain(`job ${bad?.id}, spec: `);
    }
    expect(await cab(['doctor', '--fix', ...common])).toMatchObject({ code: 0 });
    expect(await idsIn(file)).toEqual([good?.id]);
  });

  it(
    'flipped in any bit is read as far as it goes, or refused, and never grows a job',
    { timeout: longTimeout },
    async () => {
      const random = seeded(seed);
      const made = await openQueue(file);
      const ids = (await made.submit(Array.from({ length: 40 }, (_, n) => newJob(`j${n}`)))).map(
        ({ id }) => id,
      );
      await made.close();
      const sound = `${file}.sound`;
      await copyFile(file, sound);
      for (let n = 0; n < sizeOf('FLIPS', 30, 3000); n++) {
        const bytes = await readFile(sound);
        const at = Math.floor(random() * (n % 3 === 0 ? 120 : bytes.length));
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        for (const name of await readdir(join(root, '.cab')))
          if (name !== 'jobs.db.sound') await rm(join(root, '.cab', name));
        await writeFile(file, bytes);
        const seen = await idsIn(file);
        expect(seen === undefined || seen.length <= ids.length, `bit flipped at byte ${at}`).toBe(
          true,
        );
        if (seen === undefined) expect((await readFile(file)).equals(bytes)).toBe(true);
      }
    },
  );
});

/** Undefined where the store is refused, by name. */
async function idsIn(path: string): Promise<string[] | undefined> {
  try {
    const store = await openJobStore({ file: path, create: true });
    if (store === undefined) return undefined;
    try {
      return (await store.list({ limit: 1000 })).map(({ id }) => id);
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!isCabError(error)) throw error;
    expect(error.message).toContain(path);
    return undefined;
  }
}

async function snapshot(): Promise<Record<string, string>> {
  const names = await readdir(join(root, '.cab'));
  const files = names.filter((name) => name.startsWith('jobs.db'));
  return Object.fromEntries(
    await Promise.all(
      files.map(
        async (name) => [name, (await readFile(join(root, '.cab', name))).toString('hex')] as const,
      ),
    ),
  );
}
