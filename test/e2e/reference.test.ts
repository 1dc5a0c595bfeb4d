/** The reference broker's command line and contract, from outside: a process, and a client that knows HTTP alone. */
import { execa } from 'execa';
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const runner = `
import json

def run(*, features_path, out_root, track_id, run_id, config_hash, db_path, db_hash, probe_kwargs):
    features = json.loads(features_path.read_text())
    if features.get("broken"):
        raise ValueError("tempo of " + track_id + " is broken")
    while features.get("gate"):
        import pathlib, time
        if pathlib.Path(features["gate"]).exists():
            break
        time.sleep(0.01)
    folder = out_root / "echo" / config_hash / "made_by_runner"
    folder.mkdir(parents=True)
    artifact, manifest = folder / "echo.json", folder / "about.json"
    artifact.write_text(json.dumps({"track": track_id, "tempo": features["tempo"] * 2}))
    manifest.write_text(json.dumps({"note": "by the runner"}))
    return {"artifact": artifact, "manifest": manifest}
`;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Job {
  job_id: string;
  status: string;
  error: string | null;
  result: { artifact_path: string; manifest_path: string; etag: string } | null;
}
interface Pointer {
  config_hash: string;
  source_hash: string;
  artifact: string;
  manifest: string;
  etag: string;
}

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'tree');
  await writeFile(join(dir, 'halves.py'), runner);
});

async function serve(...more: string[]) {
  const args = ['--runner', 'halves:run', '--artifact-name', 'echo.json'];
  const { url } = await daemonProcess({
    root,
    cwd: dir,
    program: join(import.meta.dirname, '../../bin/serve.js'),
    args: [...args, '--manifest-name', 'about.json', '--host', '127.0.0.1', ...more],
  });
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body = '') =>
    new Promise<Answer>((resolve, reject) => {
      const sent = request(url + path, { method, headers }, (answer) => {
        const { statusCode: status = 0, headers } = answer;
        text(answer).then((body) => resolve({ status, headers, body }), reject);
      });
      sent.on('error', reject).end(body);
    });
  const post = (body: string) =>
    ask('/echo/jobs', { 'content-type': 'application/json' }, 'POST', body);
  const submit = async (features: object, track_id: string) => {
    const features_path = join(dir, `${track_id}.json`);
    await writeFile(features_path, JSON.stringify(features));
    const answer = await post(JSON.stringify({ features_path, track_id }));
    expect(answer).toMatchObject({ status: 202 });
    return { ...(JSON.parse(answer.body) as Job), location: answer.headers.location ?? '' };
  };
  const ended = (location: string) =>
    until(async () => {
      const job = JSON.parse((await ask(location)).body) as Job;
      return !['pending', 'running'].includes(job.status) && job;
    });
  const error = ({ status, body }: Answer) => [
    status,
    (JSON.parse(body) as { error: string }).error,
  ];
  return { ask, post, submit, ended, error };
}

describe('the reference broker’s command line', () => {
  it('takes a job, runs the Python callable, and serves what it made with its caching headers', async () => {
    const { ask, submit, ended } = await serve();
    const accepted = await submit({ tempo: 60 }, 'Ünder pressure');
    expect(accepted).toMatchObject({ status: 'pending', error: null, result: null });
    expect(accepted.location).toBe(`/echo/jobs/${accepted.job_id}`);
    const job = await ended(accepted.location);
    expect(job).toMatchObject({ status: 'done', error: null });

    const pointed = await ask(`/echo/index/${encodeURIComponent('Ünder pressure')}.json`);
    expect(pointed.headers['cache-control']).toBe('max-age=60');
    const pointer = JSON.parse(pointed.body) as Pointer;
    const at = `/echo/${pointer.config_hash}/made_by_runner`;
    expect(pointer).toEqual({
      track_id: 'Ünder pressure',
      config_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      source_hash: 'made_by_runner',
      artifact: `${at}/echo.json`,
      manifest: `${at}/about.json`,
      etag: job.result?.etag,
    });

    const artifact = await ask(pointer.artifact);
    expect(artifact.body).toBe('{"track": "\\u00dcnder pressure", "tempo": 120}');
    expect(artifact.headers).toMatchObject({
      etag: pointer.etag,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('application/json'),
    });
    const manifest = await ask(pointer.manifest);
    expect(manifest.headers['cache-control']).toBe(artifact.headers['cache-control']);
    expect(JSON.parse(manifest.body)).toMatchObject({ note: 'by the runner' });

    const head = await ask(pointer.artifact, {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: '' });
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(artifact.body)));
    expect(head.headers.etag).toBe(artifact.headers.etag);

    const { etag } = pointer;
    for (const known of [etag, `"${etag}"`, `W/"${etag}"`, `"other", "${etag}"`, '*']) {
      const answer = await ask(pointer.artifact, { 'if-none-match': known });
      expect(answer, known).toMatchObject({ status: 304, body: '' });
    }
    const other = await ask(pointer.artifact, { 'if-none-match': '"other"' });
    expect(other).toMatchObject({ status: 200, body: artifact.body });
  });

  it('refuses by its codes what it cannot take or find', async () => {
    const { ask, post, error } = await serve('--body-limit', '2000');
    expect(error(await post('{"features_path":'))).toEqual([400, 'invalid_json']);
    expect(error(await post(''))).toEqual([400, 'features_path_missing']);
    expect(error(await post('{"track_id":"x"}'))).toEqual([400, 'features_path_missing']);
    const large = JSON.stringify({ features: 'x'.repeat(3000) });
    expect(error(await post(large))).toEqual([413, 'body_too_large']);
    expect(error(await ask('/echo/jobs/nothing'))).toEqual([404, 'not_found']);
    expect(error(await ask('/echo/index/nothing.json'))).toEqual([404, 'not_found']);
    const nowhere = `/echo/${'a'.repeat(64)}/${'b'.repeat(64)}/echo.json`;
    expect(error(await ask(nowhere))).toEqual([404, 'not_found']);
  });

  it('answers hash_mismatch in place of bytes that were changed', async () => {
    const { ask, submit, ended, error } = await serve();
    const { result } = await ended((await submit({ tempo: 60 }, 'song')).location);
    const { config_hash, source_hash } = JSON.parse(
      (await ask('/echo/index/song.json')).body,
    ) as Pointer;
    const file = result?.artifact_path ?? '';
    await chmod(file, 0o644);
    await writeFile(file, '{"track": "gnos", "tempo": 120}');
    const answer = await ask(`/echo/${config_hash}/${source_hash}/echo.json`);
    expect(error(answer)).toEqual([500, 'hash_mismatch']);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('answers queue_full with Retry-After, and takes jobs again once there is room', async () => {
    const { post, submit, ended, error } = await serve(
      ...['--queue-limit', '1', '--concurrency', '1', '--retry-after', '2500ms'],
    );
    const gate = join(dir, 'gate');
    const features = (n: number) => JSON.stringify({ features: { tempo: n, gate }, track_id: 'x' });
    const refused = await until(async () => {
      const answer = await post(features(Math.random()));
      return answer.status !== 202 && answer;
    });
    expect(error(refused)).toEqual([429, 'queue_full']);
    expect(refused.headers['retry-after']).toBe('3');
    await writeFile(gate, '');
    await until(async () => (await post(features(1))).status === 202);
    const { location } = await until(async () =>
      submit({ tempo: 5 }, 'last').catch(() => undefined),
    );
    expect(await ended(location)).toMatchObject({ status: 'done' });
  });

  it('tells the traceback of a callable that raised', async () => {
    const { submit, ended } = await serve('--retries', '0');
    const job = await ended((await submit({ broken: true }, 'song')).location);
    expect(job).toMatchObject({ status: 'error', result: null });
    expect(job.error).toContain('ValueError: tempo of song is broken');
    expect(JSON.stringify(job)).toMatch(/Traceback.*halves\.py.*in run/);
  });
});

describe('the reference broker’s command, where nobody says otherwise', () => {
  const program = join(import.meta.dirname, '../../bin/serve.js');

  it('reads no cab.config.json, and takes its root from the working directory or MA_ECHO_CAS_ROOT', async () => {
    const below = join(dir, 'below');
    await mkdir(below);
    await writeFile(join(dir, 'cab.config.json'), '{"cas_root": "elsewhere", "retries": "many"}');
    const own = join(below, 'data/echo_cas');
    const first = await startedIn(own, { cwd: below, program });
    expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
    const named = join(dir, 'named');
    const env = { MA_ECHO_CAS_ROOT: named };
    const second = await startedIn(named, { cwd: below, program, env });
    expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
  });

  it('says in its help what it does otherwise than cab serve', async () => {
    const { stdout, exitCode } = await execa(process.execPath, [program, '--help']);
    expect(exitCode).toBe(0);
    for (const word of [
      'data/echo_cas',
      'MA_ECHO_CAS_ROOT',
      'ETag',
      'track_id',
      'Unknown fields',
      'slashes',
    ])
      expect(stdout).toContain(word);
  });
});

/** Started without a flag that names the root, which it is to find by itself. */
async function startedIn(root: string, { cwd, program, env = {} }: Started) {
  const child = spawn(process.execPath, [program, '--port', '0'], {
    cwd,
    stdio: 'ignore',
    env: { ...cleanEnvironment(), ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const url = await until(async () => {
    const text = await readFile(join(root, '.cab/daemon.json'), 'utf8').catch(() => '{}');
    return (JSON.parse(text) as { url?: string | null }).url ?? false;
  });
  return { url };
}

interface Started {
  readonly cwd: string;
  readonly program: string;
  readonly env?: Record<string, string>;
}
