/**
 * The floor beneath a figure of cab: a program of some lines that flushes as cab does, and does nothing else. It reads no
 * key, hashes nothing, looks at nothing twice, runs nobody's code, and loses what cab would not.
 */
import { execa } from 'execa';
import { closeSync, fsync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openRows, specLength } from './bare-rows.js';

/** `node:http`, and a row for each job; runs until the point ends. */
export async function startBareServer({ defer, dir }) {
  const program = join(import.meta.dirname, 'bare-server.js');
  const child = execa(process.execPath, [program, join(dir, 'bare.db')], { buffer: false });
  child.catch(() => undefined);
  defer(async () => {
    child.kill('SIGKILL');
    await child.catch(() => undefined);
  });
  const [said] = await Promise.race([
    once(child.stdout, 'data'),
    child.then(() => {
      throw new Error('the bare server ended at once');
    }),
  ]);
  return { url: String(said).trim() };
}

/** More in flight made it no faster, fewer slower. */
const inFlight = 64;

/** Jobs a second: each claimed, its two files written, flushed and moved to their place, and settled. */
export async function bareJobRate(dir, jobs) {
  const [staging, place] = ['staging', 'echo'].map((name) => join(dir, name));
  for (const made of [dir, staging, place]) mkdirSync(made);
  const rows = openRows(join(dir, 'jobs.db'));
  const ids = Array.from({ length: jobs }, (_, n) => `job-${n}`);
  await Promise.all(ids.map((id) => rows.add(id, 'pending', id.padEnd(specLength))));
  const flushPlace = shared(() => flush(place));
  const run = async (id) => {
    await rows.move(id, 'running');
    publish(join(staging, id), id);
    await Promise.all(files.map((name) => flush(join(staging, id, name))));
    await flush(join(staging, id));
    renameSync(join(staging, id), join(place, id));
    await flushPlace();
    await rows.move(id, 'done');
  };
  const begun = performance.now();
  const next = ids[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      for (const id of next) await run(id);
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  rows.close();
  return jobs / seconds;
}

const files = ['artifact.json', 'manifest.json'];

function publish(dir, id) {
  mkdirSync(dir);
  for (const name of files) writeFileSync(join(dir, name), JSON.stringify({ id }).padEnd(900));
}

async function flush(path) {
  const descriptor = openSync(path, 'r');
  await promisify(fsync)(descriptor);
  closeSync(descriptor);
}

/** Whoever comes while one runs may be too late for it, and shares the next. */
function shared(work) {
  let running;
  let next;
  const start = () => {
    const mine = work().finally(() => (running = running === mine ? undefined : running));
    running = mine;
    next = undefined;
    return mine;
  };
  return () => (running === undefined ? start() : (next ??= running.then(start)));
}
