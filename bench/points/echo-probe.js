import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSpine } from '../fixtures/spine.js';
import { fromSource } from '../peers/from-source.js';
import { median } from '../statistics.js';

const warm = { fewer: 'warm, fewer rows', more: 'warm, more rows' };
const first = { fewer: 'first, fewer rows', more: 'first, more rows' };

export default {
  name: 'echo-probe',
  what: 'a Historical Echo call through its thread, files written; the first includes one read of the database',
  unit: 'ms',
  goals: [
    { of: warm.fewer, atMost: 2, what: 'warm Historical Echo probe, 50,000 rows' },
    { of: warm.more, atMost: 30, what: 'warm Historical Echo probe, 1,000,000 rows' },
  ],
  bound: 'one core: a look at every row that the bands leave',
  sizes: { fewer: 50_000, more: 1_000_000, calls: 100 },
  smoke: { fewer: 2_000, more: 20_000, calls: 10 },
  rounds: 3,
  takes: 45,

  async setUp(context) {
    const { sizes, dir } = context;
    const { historicalEchoRunner } = await fromSource(context, 'runners/historical-echo/runner');
    const subjects = {};
    for (const which of ['fewer', 'more']) {
      const spine = join(dir, `${which}.db`);
      writeSpine(spine, sizes[which]);
      const runner = historicalEchoRunner();
      context.defer(() => runner.close());
      const firstCall = await timeOf(runner, spine, dir, 0);
      subjects[warm[which]] = async () => {
        const times = [];
        for (let seed = 1; seed <= sizes.calls; seed += 1)
          times.push(await timeOf(runner, spine, dir, seed));
        return median(times);
      };
      subjects[first[which]] = async () => firstCall;
    }
    return subjects;
  },
};

/** Milliseconds of a whole call, from the features file to the artifact and the manifest. */
async function timeOf(runner, db_path, dir, seed) {
  const features_path = join(dir, 'song.json');
  writeFileSync(features_path, JSON.stringify(featuresOf(seed)));
  const context = { signal: new AbortController().signal, log() {}, progress() {} };
  const begun = performance.now();
  await runner.run(callOf(features_path, db_path, dir), context);
  return performance.now() - begun;
}

function callOf(features_path, db_path, dir) {
  return {
    features_path,
    out_root: dir,
    track_id: null,
    run_id: 'bench',
    source_hash: 'source',
    config_hash: 'config',
    db_path,
    db_hash: null,
    probe_kwargs: {},
    runner_kwargs: {},
    artifact_path: join(dir, 'historical_echo.json'),
    manifest_path: join(dir, 'manifest.json'),
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
