import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/core/model/job/job.ts';
import { historicalEchoRunner } from '../../../src/runners/historical-echo/runner.ts';
import { containing } from './matching.ts';
import { temporaryFolder, writeSpine } from './spines.ts';

const folder = temporaryFolder();
const features_path = join(folder, 'song.json');
writeFileSync(features_path, '{"tempo": 120, "energy": 0.5, "valence": 0.5, "loudness": -9}');
const sound = writeSpine(join(folder, 'sound.db'), { tier1_modern: [{}] });
const runner = historicalEchoRunner();

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

function database(name: string, sql: string): string {
  const path = join(folder, name);
  const made = new Database(path);
  made.exec(sql);
  made.close();
  return path;
}

const accept = (db_path: string | null, probe: JsonObject = {}) =>
  runner.accept({
    features_path,
    features: null,
    db_path,
    probe: runner.configure(probe),
    runner_kwargs: {},
  });

describe('before a job is accepted', () => {
  it('a sound song and spine pass, with the bytes at hand or read from the file', async () => {
    await expect(accept(sound)).resolves.toBeUndefined();
    const features = readFileSync(features_path);
    const input = {
      features_path: '/gone.json',
      features,
      db_path: sound,
      probe: {},
      runner_kwargs: {},
    };
    await expect(runner.accept(input)).resolves.toBeUndefined();
  });

  it('a song without its axes is refused, the file named', async () => {
    const path = file('poor.json', '{"tempo": 120}');
    await expect(
      runner.accept({
        features_path: path,
        features: null,
        db_path: sound,
        probe: {},
        runner_kwargs: {},
      }),
    ).rejects.toMatchObject({
      code: 'axes_missing',
      message: `${path}: no number for energy, valence, loudness; its keys: tempo`,
    });
  });

  it('a features file that is not there is refused', async () => {
    const input = {
      features_path: join(folder, 'none.json'),
      features: null,
      db_path: sound,
      probe: {},
      runner_kwargs: {},
    };
    await expect(runner.accept(input)).rejects.toMatchObject({ code: 'input_not_found' });
  });

  it('a missing database is refused, with what to do', async () => {
    await expect(accept(null)).rejects.toMatchObject({ code: 'spine_not_found' });
    const gone = join(folder, 'gone.db');
    await expect(accept(gone)).rejects.toMatchObject({
      code: 'spine_not_found',
      message: `${gone}: there is no such file`,
      hint: containing('build one from a CSV'),
    });
  });

  it('a file that is no database is refused, the file named', async () => {
    mkdirSync(join(folder, 'directory.db'));
    for (const path of [
      file('empty.db', ''),
      file('text.db', 'artist,title\n'),
      file('cut.db', readFileSync(sound).subarray(0, 50)),
      join(folder, 'directory.db'),
    ])
      await expect(accept(path)).rejects.toMatchObject({
        code: 'spine_invalid',
        message: containing(path),
      });
  });

  it('a database that was accepted is looked at again when it has changed', async () => {
    const path = file('changing.db', readFileSync(sound));
    await accept(path);
    await accept(path);
    writeFileSync(path, 'artist,title\n');
    await expect(accept(path)).rejects.toMatchObject({ code: 'spine_invalid' });
  });

  it('a database without the table or a column is refused, with what it lacks', async () => {
    const path = database('lacking.db', 'CREATE TABLE spine_master_v1_lanes (year, artist, title)');
    await expect(accept(path)).rejects.toMatchObject({
      code: 'spine_invalid',
      message: `${path}: table spine_master_v1_lanes lacks the column echo_tier, has_audio, tempo, valence, energy, loudness, tempo_band, valence_band, energy_band`,
    });
    await expect(accept(path, { tiers: 'tier2_modern' })).rejects.toMatchObject({
      code: 'spine_invalid',
      message: `${path} has no table spine_master_tier2_modern_lanes_v1; it has: spine_master_v1_lanes`,
    });
    await expect(accept(sound, { table: 'odd"name' })).rejects.toMatchObject({
      code: 'spine_invalid',
      details: { db: sound, table: 'odd"name' },
    });
  });
});

it('loads neither SQLite nor the parts of the thread with the runner itself', async () => {
  const { metafile } = await build({
    entryPoints: ['src/runners/historical-echo/runner.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: join(folder, 'bundle'),
    metafile: true,
    write: false,
  });
  const { outputs } = metafile;
  const loaded = new Set<string>();
  const load = (path: string): void => {
    loaded.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !loaded.has(next)) load(next);
  };
  const entry = Object.keys(outputs).find((path) =>
    outputs[path]?.entryPoint?.endsWith('runner.ts'),
  );
  load(entry ?? '');
  expect(loaded).toContain('zod/mini');
  expect([...loaded].filter((name) => /better-sqlite3|csv-parse/.test(name))).toEqual([]);
});
