/** Decides which names of a folder count. Paths are relative to the folder, with slashes. */
import { isAbsolute, join, relative, sep } from 'node:path';
import picomatch from 'picomatch';
import { CabError } from '../core/model/errors.ts';

export interface ScopeOptions {
  readonly folder: string;
  readonly pattern: string;
  readonly recursive: boolean;
  readonly readySuffix: string | undefined;
  /** Absolute paths. */
  readonly exclude: readonly string[];
}

export class FileFilter {
  readonly folder: string;
  readonly #options: ScopeOptions;
  readonly #matches: (path: string) => boolean;
  readonly #excluded: ReadonlySet<string>;

  constructor(options: ScopeOptions) {
    this.folder = options.folder;
    this.#options = options;
    this.#matches = matcherOf(options.pattern);
    this.#excluded = new Set(options.exclude.map((path) => relative(options.folder, path)));
  }

  absolute(path: string): string {
    return join(this.folder, path);
  }

  /** Undefined for a path outside the folder, and for the folder itself. */
  relative(absolute: string): string | undefined {
    const path = relative(this.folder, absolute);
    const outside = path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path);
    return outside ? undefined : path;
  }

  /** The file of a path: the path itself, or for a marker the file that it marks. Undefined if it does not count. */
  fileOf(path: string): string | undefined {
    const { readySuffix, recursive } = this.#options;
    const file =
      readySuffix !== undefined && path.endsWith(readySuffix)
        ? path.slice(0, -readySuffix.length)
        : path;
    if (!recursive && file.includes('/')) return undefined;
    return this.#passesOver(file) || !this.#matches(file) ? undefined : file;
  }

  get pattern(): string {
    return this.#options.pattern;
  }

  /** Whether only the pattern keeps a file from counting, so that its owner may wonder. */
  isUnasked(path: string): boolean {
    const { recursive } = this.#options;
    const isInScope = recursive || !path.includes('/');
    return isInScope && !this.#passesOver(path) && !this.isMarker(path) && !this.#matches(path);
  }

  isMarker(path: string): boolean {
    const { readySuffix } = this.#options;
    return readySuffix !== undefined && path.endsWith(readySuffix);
  }

  /** The marker that a file waits for. */
  markerOf(path: string): string | undefined {
    const { readySuffix } = this.#options;
    return readySuffix === undefined ? undefined : this.absolute(path + readySuffix);
  }

  /** Whether a subdirectory is scanned. */
  enters(directory: string): boolean {
    return this.#options.recursive && !this.#passesOver(directory);
  }

  /** Skips excluded directories and hidden names, which belong to temporary files and tools. */
  #passesOver(path: string): boolean {
    const parts = path.split('/');
    if (parts.some((part) => part.startsWith('.'))) return true;
    return parts.some((_, depth) => this.#excluded.has(parts.slice(0, depth + 1).join('/')));
  }
}

/** Throws usage for a bracket that is not closed: it would match only itself, which nobody intends. */
export function matcherOf(pattern: string): (path: string) => boolean {
  try {
    return picomatch(pattern, { basename: !pattern.includes('/'), strictBrackets: true });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CabError(
      'usage',
      `the pattern ${JSON.stringify(pattern)} has a bracket that is not closed`,
      {
        hint: 'A bracket that is meant as such has a backslash before it.',
        cause: error,
      },
    );
  }
}
