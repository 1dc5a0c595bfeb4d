// What a start costs: whole processes, side by side with a bare Node. Needs `npm run build`; uses hyperfine where it
// is there. Targets: status and get at most 2 times `node -e 0`, a hit of `submit --wait` at most 2.3 times.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const runs = Number(process.argv[2] ?? 40);
const program = join(import.meta.dirname, '..', 'bin', 'run.js');
const cwd = mkdtempSync(join(tmpdir(), 'cab-cold-start-'));
const spine = join(import.meta.dirname, '..', 'examples', 'spine.db');

try {
  const features = { tempo: 120, energy: 0.5, valence: 0.5, loudness: -7 };
  writeFileSync(join(cwd, 'song.json'), JSON.stringify(features));
  const submit = [program, 'submit', '--wait', 'song.json', '--db', spine];
  execFileSync(process.execPath, submit, { cwd });
  const commands = {
    'node -e 0': ['-e', '0'],
    'cab status': [program, 'status'],
    'cab get': [program, 'get', 'song'],
    'cab submit --wait (hit)': submit,
  };
  report(hyperfine(commands) ?? spawnLoop(commands));
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

/** Seconds of each run, by name; undefined without hyperfine. */
function hyperfine(commands) {
  const file = join(cwd, 'times.json');
  const lines = Object.values(commands).map((args) => ['node', ...args].join(' '));
  const { error } = spawnSync(
    'hyperfine',
    ['-N', '--warmup', '3', '--runs', String(runs), '--export-json', file, ...lines],
    { cwd, stdio: 'ignore' },
  );
  if (error?.code === 'ENOENT') return undefined;
  if (error) throw error;
  const { results } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.keys(commands).map((name, at) => [name, results[at].times]);
}

/** In turn, so that what else the machine does hits all alike. */
function spawnLoop(commands) {
  const times = Object.keys(commands).map((name) => [name, []]);
  for (let run = 0; run < runs; run += 1)
    for (const [name, list] of times) {
      const start = process.hrtime.bigint();
      spawnSync(process.execPath, commands[name], { cwd, stdio: 'ignore' });
      list.push(Number(process.hrtime.bigint() - start) / 1e9);
    }
  return times;
}

function report(results) {
  const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
  const [[, bare]] = results;
  const head = ['', 'median ms', 'min ms', 'median / bare', 'min / bare'];
  const body = results.map(([name, times]) => [
    name,
    (median(times) * 1000).toFixed(1),
    (Math.min(...times) * 1000).toFixed(1),
    (median(times) / median(bare)).toFixed(2),
    (Math.min(...times) / Math.min(...bare)).toFixed(2),
  ]);
  for (const [name, ...cells] of [head, ...body])
    console.log(name.padEnd(26) + cells.map((cell) => cell.padStart(15)).join(''));
}
