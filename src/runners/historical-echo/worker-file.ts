import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CabError } from '../../core/errors.ts';

const built = join('dist', 'workers', 'historical-echo.js');

/** The built thread file, found upwards from this module: in the bundle and from the sources it stands under the same root. */
export function workerFile(): string {
  const here = fileURLToPath(import.meta.url);
  for (let at = here, above = dirname(at); above !== at; at = above, above = dirname(at)) {
    const file = join(above, built);
    if (existsSync(file)) return file;
  }
  throw new CabError('runner_not_found', `${built} is missing above ${here}`, {
    hint: 'The installation is incomplete: install again, or build with `npm run build`.',
  });
}
