import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openQueue } from '../fixtures/queue.js';
import { artifactName, etagOf, keyOf, manifestName } from '../fixtures/entries.js';
import { grow } from '../fixtures/tree.js';
import { knowsCommand, project } from '../peers/cab.js';
import { measureCommand } from '../peers/maintenance.js';
import { median } from '../statistics.js';

/** What there is at a scale of 1. */
const unit = { entries: 100, tracks: 100, ended: 1000 };
const calls = 200;
const bytes = 1000;

export function sizeAt(scale) {
  return Object.fromEntries(Object.entries(unit).map(([name, count]) => [name, count * scale]));
}

/** Microseconds of each operation on roots of that scale; commands that this build lacks are left out. */
export async function costsAt(scale, room) {
  const size = sizeAt(scale);
  const dir = room.dir(`growth-${scale}`);
  const clearing = [];
  const context = { defer: (work) => clearing.push(work) };
  try {
    const queue = await openQueue(context, join(dir, 'jobs.db'), size.ended);
    const root = join(dir, 'root');
    await writeRoot(root, size);
    return {
      submit: await medianOf(() => queue.submit(1)),
      claim: await medianOf(() => queue.claim(1)),
      'pointer read': await pointerRead(root, size.tracks),
      ...(await perEntry('verify', ['verify'], root, size.entries, dir)),
      ...(await perEntry('gc', ['gc', '--dry-run'], root, size.entries, dir)),
    };
  } finally {
    for (const work of clearing.reverse()) await work();
  }
}

/** Entries, and a track that points to each of the first ones. */
async function writeRoot(root, { entries, tracks }) {
  await grow(root, 0, entries, { bytes });
  const index = join(root, 'echo', 'index');
  mkdirSync(index, { recursive: true });
  for (let n = 0; n < tracks; n += 1) {
    const track_id = `track-${n}`;
    const pointer = {
      artifact: artifactName,
      ...keyOf(n),
      etag: etagOf(n, bytes),
      manifest: manifestName,
      track_id,
    };
    writeFileSync(join(index, `${track_id}.json`), JSON.stringify(pointer));
  }
}

/** Another track each time, so that nothing that was just read is read again. */
async function pointerRead(root, tracks) {
  const { openBroker } = await import(join(project, 'dist', 'index.js'));
  const broker = await openBroker({ root, work: 'none' });
  let n = 0;
  try {
    return await medianOf(() => broker.pointer(`track-${((n += 1) * 7919) % tracks}`));
  } finally {
    await broker.close();
  }
}

/** Without what a start costs: the same command on a root of one entry. The least of some rounds. */
async function perEntry(name, args, root, entries, dir) {
  if (!(await knowsCommand(name))) return {};
  const empty = join(dir, `empty-${name}`);
  await grow(empty, 0, 1);
  const times = { whole: [], start: [] };
  for (let round = 0; round < roundsFor(entries); round += 1) {
    times.whole.push((await measureCommand(root, args)).seconds);
    times.start.push((await measureCommand(empty, args)).seconds);
  }
  const seconds = Math.min(...times.whole) - Math.min(...times.start);
  // A few entries may take less than starts differ by: then there is nothing to say.
  return { [`${name}, an entry`]: seconds > 0 ? (seconds / entries) * 1e6 : undefined };
}

/** The fewer entries, the less a command differs from a start. */
function roundsFor(entries) {
  if (entries <= 1000) return 9;
  return entries <= 10_000 ? 3 : 2;
}

async function medianOf(call) {
  const times = [];
  for (let n = 0; n < calls; n += 1) {
    const begun = performance.now();
    await call();
    times.push((performance.now() - begun) * 1000);
  }
  return median(times);
}
