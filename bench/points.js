import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';

const directory = join(import.meta.dirname, 'points');

/** The order of the table; a point that is not named here comes last, by its name. */
const order = [
  'get-4k',
  'get-304',
  'get-200m',
  'submit',
  'jobs',
  'submit-hit',
  'store-put-read',
  'cold-start',
  'canonical-hash',
  'echo-probe',
  'daemon-memory',
  'ended-jobs',
  'queue',
  'watch-folder',
  'watch-known',
  'verify-large',
  'verify-small',
  'gc-dry-run',
  'verify-quick-memory',
];

export async function loadPoints(only) {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.js'));
  const names = files.map((file) => basename(file, '.js')).sort(byOrder);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`no point ${JSON.stringify(unknown)}; there are ${names.join(', ')}\n`);
    process.exit(2);
  }
  return Promise.all(
    names
      .filter((name) => only?.includes(name) ?? true)
      .map(async (name) => (await import(join(directory, `${name}.js`))).default),
  );
}

function byOrder(one, other) {
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return place(one) - place(other) || one.localeCompare(other);
}
