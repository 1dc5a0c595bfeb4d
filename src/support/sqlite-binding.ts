import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Options of a connection. The driver looks for its binary in a dozen places, one by one, unless it is told. */
export function sqliteBinding(): { nativeBinding?: string } {
  const main = createRequire(import.meta.url).resolve('better-sqlite3');
  const path = join(dirname(main), '..', 'build', 'Release', 'better_sqlite3.node');
  return existsSync(path) ? { nativeBinding: path } : {};
}
