/**
 * How fast a watched folder takes in a burst of files, and what looking at one that is known costs.
 * Run: node bench/watch-folder.js [files]
 */
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const project = join(import.meta.dirname, '..');
const files = Number(process.argv[2] ?? 5_000);
mkdirSync(join(project, '.scratch'), { recursive: true });
const dir = mkdtempSync(join(project, '.scratch', 'bench-'));
const folder = join(dir, 'inbox');
mkdirSync(folder);

try {
  const { LocalBroker } = await load('src/core/local-broker.ts');
  const { watchFolder } = await load('src/watch/watch-folder.ts');
  const broker = new LocalBroker(brokerOptions());
  const watch = () =>
    watchFolder({ broker, folder, seenFile: join(dir, 'root', '.cab', 'watch.db') });

  for (let n = 0; n < files; n += 1) {
    const place = join(folder, `d${n % 50}`);
    if (n < 50) mkdirSync(place);
    writeFileSync(join(place, `f${n}.features.json`), JSON.stringify({ tempo: n, valence: 0.5 }));
  }
  const burst = await until(watch, ({ running }) => running === files);
  const start = performance.now();
  const cpu = process.cpuUsage();
  const again = await until(watch, ({ running, waiting }) => running === files && waiting === 0);
  await delay(Math.max(2_000, files / 20));
  const { user, system } = process.cpuUsage(cpu);
  await again.watcher.close();
  await broker.close();
  console.table([
    {
      files,
      'submitted, ms': Math.round(burst.ms),
      'files/s': Math.round((files * 1000) / burst.ms),
      'known: cpu of a start, ms': Math.round((user + system) / 1000),
      'watched for, ms': Math.round(performance.now() - start),
      'heap, MiB': Math.round(process.memoryUsage().heapUsed / 2 ** 20),
      'rss, MiB': Math.round(process.memoryUsage().rss / 2 ** 20),
    },
  ]);

  async function until(make, isThere) {
    const begin = performance.now();
    const watcher = await make();
    while (!isThere(await watcher.status())) await delay(200);
    const ms = performance.now() - begin;
    if (make === watch && !until.again) {
      until.again = true;
      await watcher.close();
    }
    return { ms, watcher };
  }
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** Submissions alone: nothing runs the jobs. */
function brokerOptions() {
  const runner = {
    inputFormat: 'json',
    volatileFields: [],
    identify: async () => ({
      name: 'none',
      version: '1',
      artifactSchema: null,
      manifestSchema: null,
    }),
    configure: (probe) => probe,
    accept: async () => undefined,
    close: async () => undefined,
  };
  return {
    root: join(dir, 'root'),
    runner: 'object:none',
    objects: { none: runner },
    artifactName: 'artifact.json',
    manifestName: 'manifest.json',
    work: 'none',
    concurrency: 1,
    leaseMs: 30_000,
    graceMs: 1000,
    timeoutMs: null,
    maxAttempts: 1,
    queueLimit: 10_000_000,
    version: 'bench',
  };
}

async function load(source) {
  const outfile = join(dir, `${source.replaceAll('/', '-')}.mjs`);
  await build({
    entryPoints: [join(project, source)],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
