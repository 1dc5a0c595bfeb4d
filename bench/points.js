import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

const directory = join(import.meta.dirname, 'points');

/** The order of the table; a point that is not named here comes last, by its name. */
const order = [
  'get-4k',
  'get-304',
  'get-200m',
  'get-200m-one',
  'submit',
  'jobs',
  'jobs-under-load',
  'many-files',
  'submit-hit',
  'store-put-read',
  'cold-start',
  'cold-main-job',
  'canonical-hash',
  'echo-probe',
  'daemon-memory',
  'ended-jobs',
  'queue',
  'watch-folder',
  'watch-known',
  'get-new',
  'verify-large',
  'verify-small',
  'gc-dry-run',
  'verify-quick-memory',
  's3-publish',
  's3-get',
  'pg-submit',
  'pg-claim',
  'pg-blocked',
  'pg-ended',
];

/** Those that are asked for. Ends the process where a name, or a size that was set, is none. */
export async function loadPoints({ only, sizes }) {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.js'));
  const names = files.map((file) => basename(file, '.js')).sort(byOrder);
  const unknown = [...(only ?? []), ...Object.keys(sizes)].find((name) => !names.includes(name));
  if (unknown !== undefined) refuse(`no point ${unknown}; there are ${names.join(', ')}`);
  const points = await Promise.all(
    names.map(async (name) => (await import(join(directory, `${name}.js`))).default),
  );
  for (const point of points) checkSizes(point, sizes[point.name] ?? {});
  return points.filter(({ name }) => only?.includes(name) ?? true);
}

function checkSizes(point, set) {
  const known = Object.keys(point.sizes);
  const unknown = Object.keys(set).find((size) => !known.includes(size));
  if (unknown !== undefined)
    refuse(`${point.name} has no size ${unknown}; it has ${known.join(', ')}`);
}

function refuse(problem) {
  process.stderr.write(`${problem}\n`);
  process.exit(2);
}

function byOrder(one, other) {
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return place(one) - place(other) || one.localeCompare(other);
}
