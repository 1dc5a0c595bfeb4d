// Measures each point beside its peer, in one run: npm run bench -- --help
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machine } from './machine.js';
import { measurePoint } from './measure.js';
import { readOptions } from './options.js';
import { loadPoints } from './points.js';
import { Progress } from './progress.js';
import { list, table } from './report.js';
import { Interrupted, openRoom } from './room.js';

// `| head` has enough.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const options = readOptions(process.argv.slice(2));
const points = await loadPoints(options);
try {
  await main();
} catch (error) {
  // What is still running is a child of this process, and ends with it.
  if (error instanceof Interrupted) process.exit(130);
  if (!['ENOENT', 'EACCES', 'ENOTDIR'].includes(error.code)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

async function main() {
  if (options.list) list(points);
  else if (options.from) await report(JSON.parse(await readFile(options.from, 'utf8')));
  else if (options.growth) await measureGrowth();
  else await measureAll();
}

async function measureGrowth() {
  const { growth } = await import('./growth/growth.js');
  await growth(options);
}

async function measureAll() {
  const room = openRoom(options.dir);
  try {
    const facts = machine(room.path);
    const results = await measureEach(room);
    await report({ machine: facts, at: new Date().toISOString(), points: results });
  } finally {
    room.close();
  }
}

async function measureEach(room) {
  const progress = new Progress(points, options);
  const results = [];
  try {
    for (const point of points) {
      progress.begin(point);
      const result = progress.isOver()
        ? { name: point.name, what: point.what, skipped: 'the minute is over' }
        : await measurePoint(point, { ...options, room, onStep: progress.step });
      results.push(result);
      progress.end(point, result);
    }
    return results;
  } finally {
    progress.close();
  }
}

async function report(run) {
  process.stdout.write(table(run));
  if (options.json) await writeFile(options.json, `${JSON.stringify(run, null, 2)}\n`);
  if (options.markdown) {
    const { writeDocument } = await import('./document.js');
    await writeDocument(
      join(import.meta.dirname, '..', 'docs', 'explanation', 'performance.md'),
      run,
    );
  }
  const broken = run.points.filter(({ failure }) => failure !== undefined);
  process.exitCode = options.smoke || broken.length === 0 ? 0 : 1;
}
