import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Language } from './source-code.ts';

/** The directories that Python's imports search first: the working directory, then `PYTHONPATH`. */
export const pythonSearchPath = (cwd: string, pythonPath: string | undefined): string[] => [
  cwd,
  ...(pythonPath ?? '')
    .split(':')
    .filter((entry) => entry !== '')
    .map((entry) => resolve(cwd, entry)),
];

/** The source file of a dotted module, if it lies in one of the directories. */
export function findPythonModule(
  dotted: string,
  searchPath: readonly string[],
): string | undefined {
  const path = join(...dotted.split('.'));
  return searchPath
    .flatMap((folder) => [join(folder, path, '__init__.py'), join(folder, `${path}.py`)])
    .find((file) => existsSync(file));
}

const fromImport =
  /^[ \t]*from[ \t]+(?<dots>\.*)(?<module>[\w.]*)[ \t]+import[ \t]*(?<names>\([^)]*\)|[^\n#]*)/gm;
const plainImport = /^[ \t]*import[ \t]+(?<modules>[\w., \t]+)/gm;

/** The same forms after another statement in the line. */
const laterFromImport =
  /[;:][ \t]*from[ \t]+(?<dots>\.*)(?<module>[\w.]*)[ \t]+import[ \t]*(?<names>\([^)]*\)|[^\n#;]*)/g;
const laterPlainImport = /[;:][ \t]*import[ \t]+(?<modules>[\w., \t]+)/g;

/** `importlib.import_module("a.b")`, `import_module(".b", "a")`, `__import__("a")`, `runpy.run_module("a")`. */
const importByName =
  /\b(?:import_module|__import__|run_module)\(\s*(['"])(?<dots>\.*)(?<module>[\w.]*)\1(?:\s*,\s*(?:package\s*=\s*)?(?:(['"])(?<package>[\w.]+)\4|__package__|__name__))?/g;
const runByPath = /\brun_path\(\s*(['"])(?<path>[^'"\n]+)\1/g;

export interface PythonPlaces {
  /** The directories that imports search, in this order. */
  readonly searchPath: readonly string[];
  /** Files that Python runs before the entry: the `__init__.py` of the packages that contain it. */
  readonly before?: { readonly entry: string; readonly files: readonly string[] };
}

export const python = ({ searchPath, before }: PythonPlaces): Language => ({
  version: /^__version__\s*(?::\s*str\s*)?=\s*(['"])(?<version>[^'"\n]+)\1/m,
  isSource: (file) => file.endsWith('.py'),
  imports(file, text) {
    const source = text.replace(/\\\r?\n/g, ' ');
    const fromImports = (pattern: RegExp): string[] =>
      [...source.matchAll(pattern)].flatMap(({ groups = {} }) => {
        const { dots = '', module = '', names = '' } = groups;
        const bases = dots === '' ? searchPath : [folderOf(file, dots)];
        const modules = ['', ...words(names)].map((name) =>
          [module, name].filter(Boolean).join('.'),
        );
        return bases.flatMap((base) => modules.flatMap((dotted) => places(base, dotted)));
      });
    const plainImports = (pattern: RegExp): string[] =>
      [...source.matchAll(pattern)].flatMap(({ groups = {} }) =>
        words(groups['modules'] ?? '').flatMap((dotted) =>
          searchPath.flatMap((base) => places(base, dotted)),
        ),
      );
    const byName = [...source.matchAll(importByName)].flatMap(({ groups = {} }) => {
      const { dots = '', module = '', package: within } = groups;
      if (dots === '') return searchPath.flatMap((base) => places(base, module));
      if (within === undefined) return places(folderOf(file, dots), module);
      const up = '../'.repeat(dots.length - 1);
      return searchPath.flatMap((base) => places(resolve(base, ...within.split('.'), up), module));
    });
    const byPath = [...source.matchAll(runByPath)].flatMap(({ groups = {} }) =>
      searchPath.map((base) => resolve(base, groups['path'] ?? '')),
    );
    // The digest depends on this order. With it, callables that do not use the later forms keep their keys.
    return [
      ...fromImports(fromImport),
      ...plainImports(plainImport),
      ...fromImports(laterFromImport),
      ...plainImports(laterPlainImport),
      ...byName,
      ...byPath,
      ...filesBeside(file, source),
      ...(file === before?.entry ? before.files : []),
    ];
  },
});

/** The folder in which a relative import starts. */
const folderOf = (file: string, dots: string): string =>
  resolve(dirname(file), '../'.repeat(dots.length - 1));

/**
 * The `__init__.py` files that Python runs before a dotted module. Empty ones are left out: they change nothing, and
 * keys from before they counted stay the same.
 */
export function packagesAbove(file: string, dotted: string): string[] {
  const isPackage = basename(file) === '__init__.py';
  const depth = dotted.split('.').length - 1;
  const first = isPackage ? dirname(dirname(file)) : dirname(file);
  return Array.from({ length: depth }, (_, up) =>
    resolve(first, '../'.repeat(up), '__init__.py'),
  ).filter((init) => (statSync(init, { throwIfNoEntry: false })?.size ?? 0) > 0);
}

const ownPath = /\b__file__\b/;
const writing = /['"][wax]b?\+?t?['"]|write_|unlink|mkdir|touch\(|\bdump\(/;

/**
 * Files beside the code that it names: `Path(__file__).parent / "data.json"`, or through a variable for that folder.
 */
function filesBeside(file: string, source: string): string[] {
  const lines = source.split('\n');
  const folders = new Map<string, string>();
  const found: string[] = [];
  for (const line of lines) {
    const named = [...folders].find(([name]) => new RegExp(`\\b${name}\\b`).test(line))?.[1];
    const folder = ownPath.test(line) ? folderNamed(file, line) : named;
    if (folder === undefined) continue;
    const name = /^\s*(?<name>[A-Za-z_]\w*)\s*(?::[^=]*)?=[^=]/.exec(line)?.groups?.['name'];
    if (name !== undefined) folders.set(name, folder);
    if (writing.test(line)) continue;
    const literals = Array.from(line.matchAll(/(['"])([^'"\n]+)\1/g), ([, , text = '']) => text);
    for (const text of new Set([...literals, literals.join('/')]))
      found.push(resolve(folder, text));
  }
  return found;
}

function folderNamed(file: string, line: string): string {
  const up = line.match(/\.parent\b|\bdirname\(/g)?.length ?? 1;
  return resolve(dirname(file), '../'.repeat(Math.max(up - 1, 0)));
}

/** The imported names in `a.b as c, d` and `(a, b)`. An alias is included, but no file has its name. */
const words = (text: string): string[] => text.match(/[\w.]+/g) ?? [];

/** The module's file, and the `__init__.py` of each package that contains it. Python runs those first. */
function places(base: string, dotted: string): string[] {
  const parts = dotted.split('.').filter(Boolean);
  const packages = parts.map((_, index) => join(base, ...parts.slice(0, index + 1), '__init__.py'));
  return parts.length === 0
    ? [join(base, '__init__.py')]
    : [...packages, `${join(base, ...parts)}.py`];
}
