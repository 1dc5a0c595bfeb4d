import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Language } from './source-code.ts';

/** The directories that come first when Python imports: the working directory, then `PYTHONPATH`. */
export const pythonSearchPath = (cwd: string, pythonPath: string | undefined): string[] => [
  cwd,
  ...(pythonPath ?? '')
    .split(':')
    .filter((entry) => entry !== '')
    .map((entry) => resolve(cwd, entry)),
];

/** The source of a dotted module, where it lies in one of the directories. */
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

export const python = (searchPath: readonly string[]): Language => ({
  version: /^__version__\s*(?::\s*str\s*)?=\s*(['"])(?<version>[^'"\n]+)\1/m,
  imports(file, source) {
    const relative = [...source.matchAll(fromImport)].flatMap(({ groups = {} }) => {
      const { dots = '', module = '', names = '' } = groups;
      const bases =
        dots === '' ? searchPath : [resolve(dirname(file), '../'.repeat(dots.length - 1))];
      const modules = ['', ...words(names)].map((name) => [module, name].filter(Boolean).join('.'));
      return bases.flatMap((base) => modules.flatMap((dotted) => places(base, dotted)));
    });
    const plain = [...source.matchAll(plainImport)].flatMap(({ groups = {} }) =>
      words(groups['modules'] ?? '').flatMap((dotted) =>
        searchPath.flatMap((base) => places(base, dotted)),
      ),
    );
    return [...relative, ...plain];
  },
});

/** `a.b as c, d` and `(a, b)`: the names that are imported; the aliases among them name nothing. */
const words = (text: string): string[] => text.match(/[\w.]+/g) ?? [];

/** The module's file, and the `__init__.py` of each package on the way to it, which are run before it. */
function places(base: string, dotted: string): string[] {
  const parts = dotted.split('.').filter(Boolean);
  const packages = parts.map((_, index) => join(base, ...parts.slice(0, index + 1), '__init__.py'));
  return parts.length === 0
    ? [join(base, '__init__.py')]
    : [...packages, `${join(base, ...parts)}.py`];
}
