/** examples/operations/backup.sh as it stands, beside a daemon that works; the copy is served from another place. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { installed } from '../helpers/installed.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';
import { until } from '../helpers/until.ts';

const script = join(import.meta.dirname, '../../examples/operations/backup.sh');
const backUp = (from: string, to: string, env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)('sh', [script, from, to], { env: { ...process.env, ...env } });

/** A `cp` that lets the root publish some entries before it copies, so that a wrong order shows each time. */
const unhurriedCopy = `#!/bin/sh
entries() { ls -d "$WATCHED"/echo/*/* | wc -l; }
enough=$(($(entries) + 3))
while [ "$(entries)" -lt "$enough" ]; do sleep 0.02; done
exec ${installed('cp') ?? 'cp'} "$@"
`;

const runner = 'sh:sleep 0.05; cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'root');
});

const serve = (where: string) =>
  daemonProcess({
    root: where,
    cwd: dir,
    args: ['--runner', runner, '--lease', '2s', '--grace', '1s'],
  });

async function submit(url: string, n: number): Promise<string> {
  const answer = await fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ features: { n }, track_id: `track-${n % 20}` }),
  });
  return ((await answer.json()) as { job_id: string }).job_id;
}

interface Row {
  readonly id: string;
  readonly state: string;
  readonly place: string | null;
}

function jobsOf(where: string): Row[] {
  const database = new Database(join(where, '.cab/jobs.db'), { readonly: true });
  // A result names its key where that is another than the one that was predicted.
  const part = (name: string): string => `coalesce(json_extract(result, '$.${name}'), ${name})`;
  const sql = `SELECT id, state, ${part('config_hash')} || '/' || ${part('source_hash')} AS place FROM jobs`;
  const rows = database.prepare(sql).all() as Row[];
  database.close();
  return rows;
}

const counts = async (url: string) =>
  ((await (await fetch(`${url}/echo/jobs?limit=1`)).json()) as { counts: Record<string, number> })
    .counts;

describe.skipIf(installed('sqlite3') === undefined)('a backup', () => {
  it('is made of a root that has no track, no entry and no job yet', async () => {
    const backup = join(dir, 'backup');
    const env = { CAB_CAS_ROOT: root };
    await writeFile(join(dir, 'a.txt'), 'a');
    await cab(['submit', 'a.txt', '--enqueue', '--runner', 'sh:cat'], { cwd: dir, env });
    await backUp(root, backup);
    expect(await readdir(join(backup, 'echo'))).toEqual(['index']);
    expect(jobsOf(backup)).toMatchObject([{ state: 'pending' }]);
    await mkdir(join(dir, 'bare/echo'), { recursive: true });
    await backUp(join(dir, 'bare'), join(dir, 'of-bare'));
    expect((await readdir(join(dir, 'of-bare'))).sort()).toEqual(['.cab', 'echo']);
  });

  it('that fails half way leaves nothing', async () => {
    await mkdir(join(root, 'echo/index'), { recursive: true });
    await mkdir(join(root, '.cab'));
    await writeFile(join(root, '.cab/jobs.db'), 'no database at all');
    await expect(backUp(root, join(dir, 'backup'))).rejects.toThrow();
    expect(await readdir(dir)).toEqual(['root']);
    await expect(backUp(join(dir, 'nowhere'), join(dir, 'backup'))).rejects.toThrow('is no root');
  });
});

describe.skipIf(installed('sqlite3') === undefined)('a backup taken under load', () => {
  it('is whole, and its queue goes on elsewhere', async () => {
    const { url, end } = await serve(root);
    const before = await Promise.all(Array.from({ length: 60 }, (_, n) => submit(url, n)));
    let next = before.length;
    const enough = new AbortController();
    const load = (async () => {
      while (!enough.signal.aborted) await submit(url, next++);
    })();
    await until(async () => ((await counts(url))['done'] ?? 0) > 5);
    const copies = [1, 2].map((n) => join(dir, `copy-${n}`));
    const bin = join(dir, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'cp'), unhurriedCopy, { mode: 0o755 });
    const PATH = `${bin}:${process.env['PATH'] ?? ''}`;
    for (const copy of copies) await backUp(root, copy, { PATH, WATCHED: root });
    enough.abort();
    await load;
    expect((await counts(url))['error']).toBe(0);
    // On the same machine the copy would find the workers of its running jobs alive, and wait for their leases.
    expect(await end('SIGTERM')).toBe(0);

    for (const copy of copies) {
      const tree = await inspectTree(copy);
      expect(tree).toMatchObject({ wrong: [], leftovers: [] });
      const jobs = jobsOf(copy);
      expect(before.filter((id) => !jobs.some((job) => job.id === id))).toEqual([]);
      expect(jobs.some(({ state }) => state === 'done')).toBe(true);
      expect(jobs.some(({ state }) => state === 'pending' || state === 'running')).toBe(true);
      for (const { state, place } of jobs)
        if (state === 'done') expect(tree.entries).toContain(place);
    }

    const [copy = ''] = copies;
    const restored = join(dir, 'elsewhere');
    await cp(copy, restored, { recursive: true, preserveTimestamps: true });
    const all = jobsOf(restored).length;
    const second = await serve(restored);
    await until(async () => (await counts(second.url))['done'] === all);
    expect(await second.end('SIGTERM')).toBe(0);
    const after = await inspectTree(restored);
    expect(after).toMatchObject({ wrong: [], leftovers: [] });
    for (const { place } of jobsOf(restored)) expect(after.entries).toContain(place);
    const pointer = await cab(['get', 'track-1', '--cas-root', restored]);
    expect(pointer).toMatchObject({ code: 0 });
    expect(await cab(['doctor', '--cas-root', restored])).toMatchObject({ code: 0 });
  }, 180_000);

  it('holds entries and pointers that are byte for byte those of the root', async () => {
    const { url, end } = await serve(root);
    for (let n = 0; n < 3; n++) await submit(url, n);
    await until(async () => (await counts(url))['done'] === 3);
    await backUp(root, join(dir, 'copy'));
    expect(await end('SIGTERM')).toBe(0);
    for (const file of await readdir(join(root, 'echo'), {
      recursive: true,
      withFileTypes: true,
    })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name).slice(root.length);
      expect(await readFile(join(dir, 'copy', path))).toEqual(await readFile(join(root, path)));
    }
  });

  it('is whole from a root that is named from where one is', async () => {
    const { url, end } = await serve(root);
    await submit(url, 1);
    await until(async () => (await counts(url))['done'] === 1);
    await promisify(execFile)('sh', [script, 'root', 'copy'], { cwd: dir });
    expect(await end('SIGTERM')).toBe(0);
    expect(jobsOf(join(dir, 'copy'))).toEqual(jobsOf(root));
    expect(await inspectTree(join(dir, 'copy'))).toMatchObject({ wrong: [] });
  });

  it('takes no directory that holds something, and says so', async () => {
    const failure: unknown = await backUp(root, import.meta.dirname).catch((e: unknown) => e);
    expect(String(failure)).toContain('is not empty');
  });
});
