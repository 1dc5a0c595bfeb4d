import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CabError } from '../../core/model/errors.ts';

/**
 * The path of a file of the build, such as `workers/module.js`. It is searched upwards from this module, because the bundle and
 * the sources lie under the same root. @throws CabError runner_not_found
 */
export function builtFile(name: string): string {
  const here = fileURLToPath(import.meta.url);
  for (let at = here, above = dirname(at); above !== at; at = above, above = dirname(at)) {
    const file = join(above, 'dist', name);
    if (existsSync(file)) return file;
  }
  throw new CabError('runner_not_found', `dist/${name} is missing above ${here}`, {
    hint: 'The installation is incomplete: install again, or build with `npm run build`.',
  });
}
