import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { CabError } from '../../../src/core/model/errors.ts';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { manifestSchema } from '../../../src/core/model/entry/manifest.ts';
import type { RunnerResult } from '../../../src/core/ports/runner.ts';
import { historicalEchoRunner } from '../../../src/runners/historical-echo/runner.ts';
import { callFor, quietContext } from './calls.ts';
import { containing } from './matching.ts';
import { temporaryFolder, writeSpine } from './spines.ts';

const folder = temporaryFolder();
const features_path = join(folder, 'my song.v2.json');
writeFileSync(features_path, '{"tempo": 120, "energy": 0.5, "valence": 0.5, "loudness": -9}');
const db_path = writeSpine(join(folder, 'small.db'), { tier1_modern: [{}] });
const runner = historicalEchoRunner();
afterAll(() => runner.close());

/** Takes seconds to read. */
const largeSpine = (() => {
  const path = writeSpine(join(folder, 'large.db'), { tier1_modern: [{}] });
  const database = new Database(path);
  database.exec(`INSERT INTO spine_master_v1_lanes
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)
    SELECT echo_tier, year, artist, 'Song ' || i, has_audio, tempo, valence, energy, loudness, NULL, NULL, NULL
    FROM n, (SELECT * FROM spine_master_v1_lanes LIMIT 1)`);
  database.close();
  return path;
})();

let calls = 0;
const newCall = (path: string) =>
  callFor(join(folder, `call-${(calls += 1)}`), { features_path, db_path: path });

const artifactOf = ({ returned }: RunnerResult): Uint8Array =>
  returned?.files[0].bytes ?? Buffer.from('nothing returned');

const parsed = (bytes: Uint8Array | null | undefined) =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(bytes ?? []).toString()));

/** A context, the controller that aborts it, and a promise of the first word that a spine is read. */
function listening() {
  const controller = new AbortController();
  const { signal } = controller;
  let heard: (message: string | null) => void;
  const loading = new Promise<string | null>((resolve) => (heard = resolve));
  const context = quietContext({ signal, progress: ({ message }) => heard(message) });
  return { controller, context, loading };
}

const canceled = new CabError('canceled', 'no longer wanted');

describe('a call', () => {
  it('returns an artifact and a manifest that fits it', async () => {
    const call = newCall(db_path);
    const result = await runner.run(call, quietContext());
    expect(result).toMatchObject({ artifact: call.artifact_path, manifest: null });
    const bytes = artifactOf(result);
    expect(parsed(bytes)).toMatchObject({
      schema_id: 'historical_echo.v1',
      track_id: 'my song.v2',
      run_id: 'run-1',
    });
    const manifest = manifestSchema.parse(parsed(result.returned?.manifest));
    expect(manifest).toMatchObject({
      schema_id: 'historical_echo_manifest.v1',
      source_hash: call.source_hash,
      config_hash: call.config_hash,
      db_hash: call.db_hash,
      track_id: 'my song.v2',
      runner: { runner_name: 'historical_echo_runner', input_features_path: features_path },
      artifact: {
        path: 'historical_echo.json',
        sha256: sha256(bytes),
        etag: sha256(bytes),
        size: bytes.length,
      },
    });
  });

  it('is dated by SOURCE_DATE_EPOCH, and then gives the same bytes again', async () => {
    process.env['SOURCE_DATE_EPOCH'] = '86400';
    try {
      const [one, other] = [newCall(db_path), newCall(db_path)];
      const [first, second] = await Promise.all(
        [one, other].map(async (call) => artifactOf(await runner.run(call, quietContext()))),
      );
      expect(parsed(first)['generated_at']).toBe('1970-01-02T00:00:00+00:00');
      expect(first).toEqual(second);
      process.env['SOURCE_DATE_EPOCH'] = 'yesterday';
      await expect(runner.run(newCall(db_path), quietContext())).rejects.toMatchObject({
        code: 'config_invalid',
      });
    } finally {
      delete process.env['SOURCE_DATE_EPOCH'];
    }
  });

  it('says what it reads, once for many calls', async () => {
    const path = writeSpine(join(folder, 'told.db'), { tier1_modern: [{}] });
    const log: string[] = [];
    const context = quietContext({ log: (_stream, text) => log.push(text) });
    await Promise.all([1, 2, 3].map(() => runner.run(newCall(path), context)));
    expect(log).toEqual([expect.stringMatching(/^told\.db: 1 songs read in \d+ ms\n$/)]);
  });

  it('fails with the code of what is wrong, and the runner named', async () => {
    const details = { runner: 'historical_echo_runner' };
    const gone = { ...newCall(db_path), db_path: join(folder, 'gone.db') };
    await expect(runner.run(gone, quietContext())).rejects.toMatchObject({
      name: 'CabError',
      code: 'spine_not_found',
      details,
    });
    const odd = { ...newCall(db_path), probe_kwargs: { top_k: 'many' } };
    await expect(runner.run(odd, quietContext())).rejects.toMatchObject({ code: 'probe_invalid' });
    const unread = { ...newCall(db_path), features_path: join(features_path, 'no-folder') };
    await expect(runner.run(unread, quietContext())).rejects.toMatchObject({
      code: 'runner_failed',
      details: { ...details, exception: 'Error', stack: containing('ENOTDIR') },
    });
  });
});

describe('an abort', () => {
  it('ends a call that reads a spine, and those that wait go on in a new thread', async () => {
    const own = historicalEchoRunner();
    const { controller, context, loading } = listening();
    const call = newCall(largeSpine);
    const running = own.run(call, context);
    const waiting = own.run(newCall(db_path), quietContext());
    expect(await loading).toBe('reading large.db: 0 songs');
    controller.abort(canceled);
    await expect(running).rejects.toBe(canceled);
    await expect(waiting).resolves.toBeDefined();
    await own.close();
  });

  it('ends a call that waits, and disturbs no other', async () => {
    const own = historicalEchoRunner();
    const { controller, context } = listening();
    const first = own.run(newCall(db_path), quietContext());
    const call = newCall(db_path);
    const second = own.run(call, context);
    controller.abort(canceled);
    await expect(second).rejects.toBe(canceled);
    await expect(first).resolves.toBeDefined();
    await own.close();
  });

  it('that came before refuses the call', async () => {
    const signal = AbortSignal.abort(canceled);
    await expect(runner.run(newCall(db_path), quietContext({ signal }))).rejects.toBe(canceled);
  });

  it('of a probe that reads nothing keeps the warm spine', async () => {
    const own = historicalEchoRunner();
    const log: string[] = [];
    const note = (_stream: unknown, text: string) => log.push(text);
    await own.run(newCall(db_path), quietContext({ log: note }));
    const { controller } = listening();
    const { signal } = controller;
    const aborted = own.run(newCall(db_path), quietContext({ signal, log: note }));
    controller.abort(canceled);
    await expect(aborted).rejects.toBe(canceled);
    await own.run(newCall(db_path), quietContext({ log: note }));
    expect(log).toHaveLength(1);
    await own.close();
  });
});

describe('closing', () => {
  it('ends what runs and what waits; it may be repeated', async () => {
    const own = historicalEchoRunner();
    const { context, loading } = listening();
    const running = own.run(newCall(largeSpine), context);
    const waiting = own.run(newCall(db_path), quietContext());
    const ends = Promise.allSettled([running, waiting]);
    await loading;
    await own.close();
    expect(await ends).toMatchObject([
      { status: 'rejected', reason: { code: 'canceled' } },
      { status: 'rejected', reason: { code: 'canceled' } },
    ]);
    await expect(own.close()).resolves.toBeUndefined();
  });
});

it('names itself, its volatile fields, and that it reads a database, without a thread', async () => {
  expect(await runner.identify()).toEqual({
    name: 'historical_echo_runner',
    version: '1',
    artifactSchema: 'historical_echo.v1',
    manifestSchema: 'historical_echo_manifest.v1',
    inputFormat: 'json',
    artifactName: 'historical_echo.json',
  });
  expect(runner.volatileFields).toEqual(['generated_at', 'run_id', 'track_id']);
});
