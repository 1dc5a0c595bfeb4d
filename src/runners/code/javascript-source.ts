/**
 * Finds the files that a JavaScript or TypeScript file uses, by every static form: `import`, `require`, functions
 * from `createRequire`, `new URL('…', import.meta.url)`, workers, and files beside the code (`join(__dirname,
 * '…')`). A package in `node_modules` counts by its package.json. A package that is linked there, as in a
 * workspace, counts by its code.
 */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { errnoOf } from '../../core/model/errors.ts';
import type { Language } from './source-code.ts';

export const javaScript: Language = {
  version: /^export\s+const\s+version\s*(?::\s*string\s*)?=\s*(['"`])(?<version>[^'"`\n$]+)\1/m,
  isSource: (file) => /\.[cm]?[jt]sx?$/.test(file),
  imports: async (file, source) => {
    const { imported, required } = namesIn(source);
    const found = await Promise.all(imported.map((name) => placesOf(name, file, importedFile)));
    const more = await Promise.all(required.map((name) => placesOf(name, file, requiredFile)));
    return [...found.flat(), ...more.flat(), ...filesBeside(file, source)];
  },
};

const comments = String.raw`(?:\s|\/\*[^]*?\*\/)*`;
const quoted = String.raw`(['"\`])(?<name>[^'"\`\n]+)\1`;
const importing = new RegExp(
  String.raw`(?:\bfrom|\bimport${comments}\(?|\bimport\.meta\.resolve\s*\()${comments}${quoted}`,
  'g',
);
const madeRequire = String.raw`createRequire\s*\((?:[^()]|\([^()]*\))*\)`;
const boundRequire = new RegExp(
  String.raw`(?<name>[\w$]+)\s*=\s*(?:[\w$]+\s*\.\s*)?${madeRequire}`,
  'g',
);

interface Names {
  readonly imported: readonly string[];
  readonly required: readonly string[];
}

function namesIn(source: string): Names {
  const bound = [...source.matchAll(boundRequire)].map(({ groups }) => groups?.['name'] ?? '');
  const callee = ['require', ...bound].map((name) => name.replaceAll('$', '\\$')).join('|');
  const requiring = new RegExp(
    String.raw`(?:(?<![\w$.])(?:${callee})(?:\.resolve)?|${madeRequire}(?:\.resolve)?)\s*\(${comments}${quoted}`,
    'g',
  );
  return { imported: named(source, importing), required: named(source, requiring) };
}

const named = (source: string, pattern: RegExp): string[] =>
  [...source.matchAll(pattern)].map(({ groups }) => groups?.['name'] ?? '');

type Resolve = (name: string, from: string) => string | Promise<string>;

async function placesOf(name: string, from: string, find: Resolve): Promise<string[]> {
  if (/^\.{1,2}(?:\/|$)/.test(name)) return relativePlaces(name, from);
  if (name.startsWith('file:')) return [fileURLToPath(new URL(name))];
  if (isBuiltin(name) || name.startsWith('data:')) return [];
  const packageFile = name.startsWith('#') ? undefined : packageOf(name, dirname(from));
  if (packageFile?.includes(`${sep}node_modules${sep}`) === true) return [packageFile];
  try {
    const file = realpathSync(await find(name, from));
    return packageFile === undefined ? [file] : [packageFile, file];
  } catch (error) {
    // A module that Node does not find either, or that is not exported to this file, fails when it runs.
    if (errnoOf(error) === undefined) throw error;
    return packageFile === undefined ? [] : [packageFile];
  }
}

/**
 * The files that a relative name may mean. An import names the file as a URL. `require` may omit the
 * suffix, or name a folder.
 */
function relativePlaces(name: string, from: string): string[] {
  const url = new URL(name, pathToFileURL(from));
  url.search = '';
  url.hash = '';
  const path = resolve(dirname(from), name);
  const ends = ['', '.js', '.json', '.node', '/index.js', '/index.json', '/package.json'];
  return [...new Set([fileURLToPath(url), ...ends.map((end) => path + end)])];
}

const importedFile: Resolve = async (name, from) => {
  const { resolve: resolved } = await import('import-meta-resolve');
  return fileURLToPath(resolved(name, pathToFileURL(from).href));
};
const requiredFile: Resolve = (name, from) => createRequire(from).resolve(name);

/** The package.json, with links resolved, of the package that a name belongs to; undefined if it does not exist. */
function packageOf(name: string, folder: string): string | undefined {
  const [own] = /^(?:@[^/]+\/)?[^/]+/.exec(name) ?? [];
  if (own === undefined) return undefined;
  const file = join(folder, 'node_modules', own, 'package.json');
  if (existsSync(file)) return realpathSync(file);
  const above = dirname(folder);
  return above === folder ? undefined : packageOf(name, above);
}

const urlBeside = new RegExp(String.raw`\bnew\s+URL\s*\(\s*${quoted}\s*,\s*import\.meta\.url`, 'g');
const relativeUrl = /\bnew\s+URL\s*\(\s*(['"`])(?<name>\.{1,2}\/[^'"`\n]+)\1/g;
const child = /\b(?:new\s+Worker|fork)\s*\(\s*(['"`])(?<name>\.{1,2}\/[^'"`\n]+)\1/g;
const ownFolder = String.raw`(?:__dirname|import\.meta\.dirname)`;
const joined = new RegExp(String.raw`${ownFolder}(?<rest>(?:\s*,\s*(['"\`])[^'"\`\n$]*\2)+)`, 'g');
const added = new RegExp(String.raw`${ownFolder}\s*\+\s*(['"\`])\/?(?<name>[^'"\`\n$]+)\1`, 'g');
const within = new RegExp(String.raw`\$\{${ownFolder}\}\/(?<name>[^\`'"$\n]+)`, 'g');

/** Files beside the code. A name after a word that writes is left out, because it is not code. */
function filesBeside(file: string, source: string): string[] {
  const names = [urlBeside, relativeUrl, child, joined, added, within].flatMap((pattern) =>
    [...source.matchAll(pattern)]
      .filter(({ index }) => !isWriting(source, index))
      .map(({ groups }) => groups?.['name'] ?? joinedName(groups?.['rest'] ?? '')),
  );
  return names.map((name) => resolve(dirname(file), decoded(name.replace(/[?#].*$/, ''))));
}

const joinedName = (rest: string): string =>
  Array.from(rest.matchAll(/(['"`])([^'"`\n]*)\1/g), ([, , name = '']) => name).join('/');

const isWriting = (source: string, index: number): boolean =>
  /write|append|mkdir|unlink|\brm|rename/i.test(
    source.slice(source.lastIndexOf('\n', index) + 1, index),
  );

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return name;
  }
}
