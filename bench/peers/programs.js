import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The Debian package of each program. */
const packages = {
  nginx: 'nginx-light',
  wrk: 'wrk',
  openssl: 'openssl',
  sha256sum: 'coreutils',
  find: 'findutils',
  xargs: 'findutils',
  hyperfine: 'hyperfine',
  python3: 'python3',
  'redis-server': 'redis-server',
};

/** What to do where one is missing; undefined where all are there. */
export function missingPrograms(names) {
  const missing = names.filter((name) => pathOf(name) === undefined);
  if (missing.length === 0) return undefined;
  const wanted = new Set(missing.map((name) => packages[name]));
  return `no ${missing.join(', ')} here; apt install ${[...wanted].join(' ')}`;
}

/** Daemons are often in sbin, which is not on everybody's path. */
export function pathOf(name) {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return places.map((place) => join(place, name)).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code)) return false;
    throw error;
  }
}
