import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { isOutside, relativePath } from '../../support/paths/relative-path.ts';

/** The folder that a command belongs to. Its inputs and outputs are named relative to it, so that a key means the same in every copy. */
export interface Project {
  /** Absolute, without links. */
  readonly root: string;
  /** Where the command runs; in the root or below it. Absolute, without links. */
  readonly cwd: string;
  /** What is no input, whatever a pattern says: the store. Absolute. */
  readonly passedOver: readonly string[];
}

/** Found upward from the working directory: where `cab.config.json` or `.git` stands; else the working directory itself. */
export function findProject(cwd: string, passedOver: readonly string[]): Project {
  const start = realpathSync.native(cwd);
  const places = passedOver.map(real);
  for (let dir = start; ; dir = dirname(dir)) {
    if (['cab.config.json', '.git'].some((name) => existsSync(join(dir, name))))
      return { root: dir, cwd: start, passedOver: places };
    if (dirname(dir) === dir) return { root: start, cwd: start, passedOver: places };
  }
}

/** A store that is not there yet has the place that it is named by. */
function real(place: string): string {
  try {
    return realpathSync.native(place);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return place;
  }
}

/**
 * The path relative to the project root, `/` between segments; `.` for the root.
 * @throws CabError usage for one that lies outside
 */
export function pathInProject({ root, cwd }: Project, path: string, what: string): string {
  const inside = relativePath(root, resolve(cwd, path));
  if (inside === '') return '.';
  if (!isOutside(inside)) return inside;
  throw new CabError('usage', `${what} ${path} lies outside of the project, ${root}`, {
    hint: 'The project is the folder above that holds cab.config.json or .git, else the working directory.',
    details: { file: resolve(cwd, path), project: root },
  });
}

/** Characters that make a name a pattern. */
export const isPattern = (name: string): boolean => /[*?[\]{}]/.test(name);
