/**
 * How long a historical-echo probe takes: the first one (which reads the spine) and warm ones.
 *
 *   node scripts/build.js && node bench/echo-probe.js [rows …]      default: 50000 1000000
 *
 * `engine`: the probe alone, in this thread. `runner`: a whole call, through the thread, from the features
 * file to the artifact and manifest on disk. The songs are random numbers.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { build } from 'esbuild';

const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [50_000, 1_000_000];
const folder = mkdtempSync(join(tmpdir(), 'cab-bench-echo-'));
const bundle = new URL('../.scratch/bench-echo-probe.js', import.meta.url);

try {
  const engine = await bundled();
  const results = [];
  for (const rows of sizes) results.push(await measure(engine, rows));
  console.table(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
  rmSync(bundle, { force: true });
}

/** The parts that are measured, from the sources: dist has no names for them. */
async function bundled() {
  const room = '../src/runners/historical-echo';
  const parts = ['runner', 'spine-cache', 'probe', 'probe-arguments'];
  await build({
    stdin: {
      contents: parts.map((part) => `export * from '${room}/${part}.ts';`).join('\n'),
      resolveDir: import.meta.dirname,
    },
    outfile: bundle.pathname,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
  });
  return import(bundle.href);
}

async function measure(engine, rows) {
  const db_path = join(folder, `${rows}.db`);
  writeSpine(db_path, rows);
  const own = measureEngine(engine, db_path);
  const whole = await measureRunner(engine, db_path);
  rmSync(db_path);
  return { rows, ...own, ...whole };
}

function measureEngine({ SpineCache, parseProbe, probeSpine, spineQuery }, db_path) {
  const probe = parseProbe({});
  const spines = new SpineCache();
  const listener = { loading: () => undefined, loaded: () => undefined };
  const one = (seed) =>
    probeSpine(featuresOf(seed), spines.get(db_path, spineQuery(probe), listener), probe);
  const first = timed(() => one(0));
  const warm = Array.from({ length: 300 }, (_, seed) => timed(() => one(seed + 1)));
  return columns('engine', first, warm);
}

async function measureRunner({ historicalEchoRunner }, db_path) {
  const runner = historicalEchoRunner();
  const context = { signal: new AbortController().signal, log() {}, progress() {} };
  const one = async (seed) => {
    const features_path = join(folder, 'song.json');
    writeFileSync(features_path, JSON.stringify(featuresOf(seed)));
    const started = performance.now();
    await runner.run(callOf(features_path, db_path), context);
    return performance.now() - started;
  };
  const first = await one(0);
  const warm = [];
  for (let seed = 1; seed <= 300; seed += 1) warm.push(await one(seed));
  await runner.close();
  return columns('runner', first, warm);
}

function callOf(features_path, db_path) {
  return {
    features_path,
    out_root: folder,
    track_id: null,
    run_id: 'bench',
    source_hash: 'source',
    config_hash: 'config',
    db_path,
    db_hash: null,
    probe_kwargs: {},
    runner_kwargs: {},
    artifact_path: join(folder, 'historical_echo.json'),
    manifest_path: join(folder, 'manifest.json'),
  };
}

function timed(run) {
  const started = performance.now();
  run();
  return performance.now() - started;
}

function columns(name, first, warm) {
  const sorted = warm.toSorted((one, other) => one - other);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))];
  const ms = (time) => Number(time.toFixed(2));
  return {
    [`${name} first ms`]: ms(first),
    [`${name} median ms`]: ms(at(0.5)),
    [`${name} p99 ms`]: ms(at(0.99)),
  };
}

function featuresOf(seed) {
  return {
    tempo: 60 + ((seed * 37) % 140),
    energy: ((seed * 17) % 100) / 100,
    valence: ((seed * 29) % 100) / 100,
    loudness: -((seed * 13) % 20),
    tempo_confidence_score: null,
  };
}

function writeSpine(path, rows) {
  const database = new Database(path);
  const columns = 'year artist title echo_tier has_audio tempo valence energy loudness'.split(' ');
  columns.push('tempo_band', 'valence_band', 'energy_band');
  database.exec(
    `CREATE TABLE spine_master_v1_lanes (${columns.map((name) => `${name} TEXT`).join(', ')})`,
  );
  const insert = database.prepare(
    `INSERT INTO spine_master_v1_lanes VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const random = generator(rows);
  const band = (value, edges, names) => names[edges.filter((edge) => value >= edge).length];
  const levels = ['very_low', 'low', 'mid', 'high', 'very_high'];
  const tempos = ['sub_80', '80_100', '100_120', '120_140', 'over_140'];
  database.transaction(() => {
    for (let row = 0; row < rows; row += 1) {
      const [tempo, valence, energy] = [60 + 140 * random(), random(), random()];
      const numbers = [tempo, valence, energy, -20 * random()];
      const year = 1985 + Math.floor(36 * random());
      insert.run(
        String(year),
        `Artist ${row % 5000}`,
        `Song number ${row}`,
        'EchoTier_1_YearEnd_Top40',
        '1',
        ...numbers.map((number) => number.toFixed(3)),
        `tempo_${band(tempo, [80, 100, 120, 140], tempos)}`,
        `valence_${band(valence, [0.2, 0.4, 0.6, 0.8], levels)}`,
        `energy_${band(energy, [0.2, 0.4, 0.6, 0.8], levels)}`,
      );
    }
  })();
  database.close();
}

/** Numbers from 0 to 1, the same for every run (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
