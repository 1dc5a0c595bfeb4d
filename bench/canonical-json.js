// The canonical hash of a features file, beside Python's json and hashlib: node bench/canonical-json.js [MB] [rounds]
// Both hold the bytes in memory and alternate, round by round; the medians count.
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';

const megabytes = Number(process.argv[2] ?? 40);
const rounds = Number(process.argv[3] ?? 7);

const pythonProgram = `
import hashlib, json, os, sys, time
text = open(sys.argv[1], 'rb').read()
for line in sys.stdin:
    wall, cpu = time.perf_counter(), os.times().user
    form = json.dumps(json.loads(text.decode()), sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    digest = hashlib.sha256(form.encode('utf-8')).hexdigest()
    print(json.dumps({'digest': digest, 'wall': time.perf_counter() - wall, 'cpu': os.times().user - cpu}), flush=True)
`;

const { sourceHashOfJson } = await bundled('src/core/hashing/canonical-json.ts');
const directory = await mkdtemp(join(tmpdir(), 'cab-bench-'));
try {
  const bytes = Buffer.from(featuresText(megabytes * 1e6, seeded(20)));
  const path = join(directory, 'features.json');
  await writeFile(path, bytes);
  console.log(
    `features file of ${(bytes.length / 1e6).toFixed(1)} MB, ${rounds} rounds, medians\n`,
  );
  report(await measure(bytes, path));
} finally {
  await rm(directory, { recursive: true });
}

async function measure(bytes, path) {
  const python = startPython(path);
  const results = { cab: [], python: [] };
  try {
    for (let round = 0; round < rounds; round++) {
      const ours = timed(() => sourceHashOfJson(bytes));
      const theirs = await python.round();
      if (ours.digest !== theirs.digest) throw new Error('the two disagree on the hash');
      results.cab.push(ours);
      results.python.push(theirs);
    }
  } finally {
    python.end();
  }
  return results;
}

function timed(work) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const digest = work();
  const wall = (performance.now() - start) / 1000;
  return { digest, wall, cpu: process.cpuUsage(cpu).user / 1e6 };
}

/** Runs a round for each line that it is sent. */
function startPython(path) {
  const child = spawn('python3', ['-c', pythonProgram, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async round() {
      child.stdin.write('\n');
      const { value } = await lines.next();
      if (value === undefined) throw new Error('python3 ended');
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

function report({ cab, python }) {
  const row = (name, ours, theirs) =>
    console.log(
      `${name.padEnd(24)}${ours.toFixed(3).padStart(9)}${theirs.toFixed(3).padStart(9)}${(theirs / ours).toFixed(1).padStart(8)} x`,
    );
  console.log(
    `${' '.repeat(24)}${'cab'.padStart(9)}${'python'.padStart(9)}${'ratio'.padStart(10)}`,
  );
  row('wall time, s', median(cab, 'wall'), median(python, 'wall'));
  row('user time, s', median(cab, 'cpu'), median(python, 'cpu'));
  row('first round, wall, s', cab[0].wall, python[0].wall);
}

function median(results, field) {
  const sorted = results.map((result) => result[field]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** What an analysis writes with Python's json.dump: named blocks, per-frame series, a few texts. */
function featuresText(size, random) {
  const tracks = [];
  let length = 0;
  for (let track = 0; length < size; track++) {
    const text = trackText(track, random);
    tracks.push(text);
    length += text.length + 2;
  }
  return `{"version": 3, "analyser": "frames \\u2014 full", "tracks": [${tracks.join(', ')}]}`;
}

function trackText(track, random) {
  const series = (count, next) => `[${Array.from({ length: count }, next).join(', ')}]`;
  const float = (scale) => pythonFloat((random() - 0.3) * scale);
  return `{"title": "Nächtliche Fahrt No. ${track}", "artist": "The ${track} Winters", "meta": {"tempo": ${float(180)}, "key": "F#", "mode": 1, "loudness": ${(-random() * 20).toFixed(3)}, "sections": ${series(12, () => `{"start": ${float(200)}, "label": "verse", "confidence": ${random().toFixed(3)}}`)}}, "onset_strength": ${series(2000, () => float(4))}, "beats": ${series(400, () => (random() * 240).toFixed(6))}, "chroma": ${series(12, () => series(100, () => float(1)))}, "frames": ${series(300, () => Math.floor(random() * 1e6))}, "mfcc": ${series(13, () => series(100, () => float(300)))}}`;
}

function pythonFloat(value) {
  if (Number.isInteger(value)) return `${value}.0`;
  return Math.abs(value) < 1e-4 ? value.toExponential().replace(/e-(\d)$/, 'e-0$1') : String(value);
}

/** Mulberry32: the same file in every run; two draws fill the bits of a double. */
function seeded(seed) {
  let state = seed;
  const draw = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return () => ((draw() >>> 5) * 2 ** 26 + (draw() >>> 6)) / 2 ** 53;
}

async function bundled(path) {
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
  });
  const source = Buffer.from(outputFiles[0].contents).toString('base64');
  return import(`data:text/javascript;base64,${source}`);
}
