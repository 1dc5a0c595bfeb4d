/** Real processes that keep their results in object storage. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoreChoice } from '../../src/compose/stores/store-choice.ts';
import { Bucket } from '../../src/stores/s3/connection/bucket.ts';
import { bytesBody } from '../../src/stores/s3/connection/request-body.ts';
import { chooseSeed, someOf } from '../faults/rig/sizes.ts';
import { cab, type Ended } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { faultyServer } from '../helpers/faulty-server.ts';
import { bucketKeys, connectionTo, endpoint, freshStore, hasS3, s3Env } from '../helpers/s3.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

// Each test starts some processes, which on a busy machine wait for their turn.
vi.setConfig({ testTimeout: 120_000 });

const runner =
  'sh:echo run >> "$RUNS"; cat "$CAB_FEATURES_PATH" "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

/** Of `cab run`: makes three files. */
const make = 'mkdir -p out/deep; for f in a deep/b c; do echo $f | cat - in.txt > out/$f; done';

interface Job {
  readonly status: string;
  readonly cached: boolean;
  readonly config_hash: string;
  readonly source_hash: string;
  readonly result: { readonly etag: string } | null;
}

describe.skipIf(!hasS3)('object storage', () => {
  let dir: string;
  let store: StoreChoice;
  beforeEach(async () => {
    dir = await tempDir();
    store = await freshStore();
    await writeFile(join(dir, 'in.txt'), 'hello');
  });

  const envOf = (url = store.url): Record<string, string> => ({
    ...s3Env,
    CAB_STORE: url,
    RUNS: join(dir, 'runs'),
  });

  /** A command on a root of this name. */
  const on = (
    root: string,
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Ended> =>
    cab(args, { cwd: dir, env: { ...envOf(), CAB_CAS_ROOT: join(dir, root), ...env } });

  const submit = (
    root: string,
    env: Record<string, string> = {},
    track = ['--track', 't'],
  ): Promise<Ended> =>
    on(root, ['submit', 'in.txt', '--runner', runner, ...track, '--wait', '--json'], env);

  /** As on another machine: its folder has no output yet. */
  async function run(root: string, env: Record<string, string> = {}): Promise<Ended> {
    await rm(join(dir, 'out'), { recursive: true, force: true });
    return on(root, ['run', '-i', 'in.txt', '-o', 'out', '--shell', '--', make], env);
  }

  const jobOf = ({ stdout }: Ended): Job => JSON.parse(stdout) as Job;
  const keyOf = ({ config_hash, source_hash }: Job): string => `${config_hash}/${source_hash}`;

  async function expectSound(root: string): Promise<void> {
    const verified = await on(root, ['verify']);
    expect(verified).toMatchObject({ code: 0 });
    const manifests = (await bucketKeys(store)).filter((key) =>
      /^echo\/.*manifest\.json$/.test(key),
    );
    expect(manifests).toHaveLength(1);
  }

  const seed = chooseSeed('object storage');
  const failpoints = ['s3.files-sent=kill', 's3.committed=kill', 's3.put=kill@3'];

  it.each(someOf(failpoints, 1, seed))(
    'has the whole result after the death of a submission at %s and the same command again',
    async (failpoint) => {
      expect((await submit('one', { CAB_FAILPOINTS: failpoint })).signal).toBe('SIGKILL');
      const again = await submit('one');
      expect(jobOf(again)).toMatchObject({ status: 'done' });
      // From another root, whose cache is empty.
      for (const what of ['t', keyOf(jobOf(again))])
        expect(await on('two', ['get', what])).toMatchObject({ code: 0, stdout: 'hellohello' });
      await expectSound('two');
    },
  );

  it.each(someOf([1, 2, 3, 4], 2, seed))(
    'has the whole result after the death of a command at PUT %i and the same command again',
    async (n) => {
      const killed = await run('one', { CAB_FAILPOINTS: `s3.put=kill@${n}` });
      expect(killed.signal).toBe('SIGKILL');
      expect(await run('one')).toMatchObject({ code: 0 });
      const other = await run('two');
      expect(other.stderr).toContain('hit');
      expect(await readFile(join(dir, 'out/deep/b'), 'utf8')).toBe('deep/b\nhello');
      await expectSound('two');
    },
  );

  it('gives what one root computed to another, which computes nothing', async () => {
    expect(jobOf(await submit('one'))).toMatchObject({ status: 'done', cached: false });
    expect(jobOf(await submit('two'))).toMatchObject({ status: 'done', cached: true });
    expect((await readFile(join(dir, 'runs'), 'utf8')).trim()).toBe('run');
    expect((await run('one')).stderr).toContain('computed');
    expect((await run('two')).stderr).toContain('hit');
    for (const name of ['a', 'deep/b', 'c'])
      expect(await readFile(join(dir, 'out', name), 'utf8')).toBe(`${name}\nhello`);
  });

  it('is served by a daemon: artifact, manifest, ETag, range and 304', async () => {
    const job = jobOf(await submit('one'));
    const daemon = await daemonProcess({
      ...{ root: join(dir, 'two'), cwd: dir, env: envOf() },
      args: ['--runner', runner],
    });
    const entry = `${daemon.url}/echo/${keyOf(job)}`;
    const manifest = (await (await fetch(entry)).json()) as {
      artifact: { path: string; sha256: string };
    };
    const file = `${entry}/${manifest.artifact.path}`;
    const whole = await fetch(file);
    expect(await whole.text()).toBe('hellohello');
    const etag = whole.headers.get('etag') ?? '';
    expect(etag).toContain(manifest.artifact.sha256);
    const part = await fetch(file, { headers: { range: 'bytes=3-6' } });
    expect([part.status, await part.text()]).toEqual([206, 'lohe']);
    expect((await fetch(file, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const pointer = await fetch(`${daemon.url}/echo/index/t.json`);
    expect(await pointer.json()).toMatchObject({ source_hash: job.source_hash });
    expect((await fetch(`${daemon.url}/echo/${'a'.repeat(64)}/none/x.json`)).status).toBe(404);
    expect(await daemon.end()).toBe(0);
  });

  it('makes a daemon unready while it cannot be reached, and ready again by itself', async () => {
    const server = await faultyServer(endpoint);
    const daemon = await daemonProcess({
      ...{ root: join(dir, 'one'), cwd: dir, env: envOf(`${store.url}?endpoint=${server.url}`) },
      args: ['--runner', runner],
    });
    const probe = async (): Promise<[number, unknown]> => {
      const answer = await fetch(`${daemon.url}/readyz`);
      return [answer.status, await answer.json()];
    };
    expect((await probe())[0]).toBe(200);
    await server.stop();
    expect(await probe()).toEqual([
      503,
      expect.objectContaining({
        details: expect.objectContaining({ error: 'store_unreachable' }) as unknown,
      }),
    ]);
    await server.start();
    await until(async () => (await probe())[0] === 200);
    expect(await daemon.end()).toBe(0);
  });

  it('loses to garbage collection what nothing needs, keeps what is pinned, and gets it back', async () => {
    const first = keyOf(jobOf(await submit('one', {}, ['--no-track'])));
    await writeFile(join(dir, 'in.txt'), 'second');
    const pinned = keyOf(jobOf(await submit('one')));
    await writeFile(join(dir, 'in.txt'), 'third');
    const latest = keyOf(jobOf(await submit('one')));
    expect(await on('two', ['pin', pinned])).toMatchObject({ code: 0 });
    expect((await on('one', ['pin'])).stdout).toContain(pinned);
    // Nothing goes within an hour of its use.
    await age(first, pinned, latest);
    const collect = ['gc', '--keep-days', '0'];
    const killed = await on('one', collect, { CAB_FAILPOINTS: 's3.manifest-moved=kill' });
    expect(killed.signal).toBe('SIGKILL');
    expect(await on('one', collect)).toMatchObject({ code: 0 });
    const codes = async () =>
      Promise.all([first, pinned, latest].map(async (key) => (await on('two', ['get', key])).code));
    expect(await codes()).toEqual([3, 0, 0]);
    expect(await on('two', ['gc', '--restore', first])).toMatchObject({ code: 0 });
    expect(await codes()).toEqual([0, 0, 0]);
    expect(await on('two', ['get', first])).toMatchObject({ stdout: 'hellohello' });
    expect(await on('two', ['verify'])).toMatchObject({ code: 0 });
  });

  /** Makes entries as old as two days. */
  async function age(...keys: string[]): Promise<void> {
    const connection = connectionTo(store.url);
    const bucket = new Bucket(connection);
    const at = String(Date.now() - 48 * 3_600_000);
    for (const key of keys) {
      await bucket.remove(`.cab/used/${key}`);
      const object = `echo/${key}/manifest.json`;
      const body = bytesBody((await bucket.get(object)) ?? Buffer.alloc(0));
      const headers = { 'x-amz-meta-cab-at': at, 'x-amz-meta-cab-sha256': body.sha256 };
      await connection.ask({ method: 'PUT', key: object, headers, body }, async () => undefined);
    }
    await bucket.close();
  }
});
