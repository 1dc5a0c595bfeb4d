/** From what a command read and wrote to the inputs, outputs and variables that `cab run` is to be told. */
import { lstatSync, readFileSync, type Stats } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';
import { foldersOf } from '../../core/model/entry/entry-path.ts';
import { isWithin } from '../../support/paths/real-place.ts';
import { isOutside, relativePath } from '../../support/paths/relative-path.ts';
import type { Project } from './project.ts';
import type { Trace } from './trace.ts';

export interface Learned {
  /** Relative to the working directory; so are `outputs` and `changed`. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Variables that are set, and that the command or a file that it read names. */
  readonly variables: readonly string[];
  /** Files that it read and then wrote: no result of such a run can be kept. */
  readonly changed: readonly string[];
  /** Files outside of the project and the system that it read. Absolute. */
  readonly outside: readonly string[];
}

export function learnedFrom(
  { read, executed, written, changed }: Trace,
  project: Project,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Learned {
  const isOurs = (path: string): boolean => isInProject(project, path);
  const sources = [...new Set([...read].map(sourceOf))];
  const regular = sources.filter((path) => !changed.has(path) && look(path)?.isFile() === true);
  const inputs = regular.filter(isOurs);
  const outputs = [...written].filter((path) => isOurs(path) && isKept(path) && !changed.has(path));
  const tools = installations(executed);
  const isOfTool = (path: string): boolean => tools.some((dir) => path.startsWith(dir));
  const shown = (path: string): string => relativePath(project.cwd, path);
  return {
    inputs: inputs.map(shown).sort(),
    outputs: outputs.map(shown).sort(),
    variables: variablesIn([words.join('\n'), ...inputs.map(textOf)], env),
    changed: [...changed]
      .filter((path) => isOurs(path) && isKept(path))
      .map(shown)
      .sort(),
    outside: regular.filter((path) => !isOurs(path) && !isOfSystem(path) && !isOfTool(path)).sort(),
  };
}

/** What Python has compiled stands for its source, which it then does not even open. */
function sourceOf(path: string): string {
  const [, folder, name] = /^(.*\/)__pycache__\/([^./]+)\.[^/]*\.pyc$/.exec(path) ?? [];
  return folder === undefined || name === undefined ? path : `${folder}${name}.py`;
}

function isInProject({ root, passedOver }: Project, path: string): boolean {
  const inside = relativePath(root, path);
  return (
    inside !== '' &&
    !isOutside(inside) &&
    !inside.split('/').includes('.git') &&
    passedOver.every((dir) => path !== dir && !isWithin(dir, path))
  );
}

/** Caches that programs keep for themselves are nobody's outputs. */
const isKept = (path: string): boolean => {
  const stats = look(path);
  return (
    !path.includes('/__pycache__/') &&
    (stats?.isFile() === true || stats?.isSymbolicLink() === true)
  );
};

/** They come with the system, or are no files. */
const isOfSystem = (path: string): boolean =>
  /^\/(?:usr|bin|sbin|lib\w*|etc|opt|nix|gnu|proc|sys|dev|var|run|tmp)\//.test(path);

/** Where a program is installed, with all that belongs to it: `/home/me/.local` of `/home/me/.local/bin/tool`. */
const installations = (executed: Iterable<string>): string[] =>
  [...executed].flatMap((path) => {
    const [, prefix] = /^(.+)\/(?:bin|sbin|libexec|shims)\/[^/]+$/.exec(path) ?? [];
    return prefix === undefined ? [] : [`${prefix}/`];
  });

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Bytes: a longer file is data, and names no variables. */
const longestText = 1 << 20;

function textOf(path: string): string {
  const stats = look(path);
  if (stats === undefined || stats.size > longestText) return '';
  const text = readFileSync(path, 'latin1');
  return text.includes('\0') ? '' : text;
}

/** Those that a command gets anyway, and what shells set themselves. */
const usual = new Set([
  'PATH',
  'HOME',
  'USER',
  'TERM',
  'TMPDIR',
  'PWD',
  'OLDPWD',
  'SHELL',
  'SHLVL',
  'LANG',
  'TZ',
  '_',
]);

/** `$NAME`, `${NAME…`, `$(NAME)`, `env.NAME`, `environ["NAME"]`, `getenv("NAME")`. */
function variablesIn(texts: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const named = new Set<string>();
  const form =
    /\$[({]?([A-Za-z_]\w*)|env(?:iron)?(?:\.get)?[[(]\s*["']([A-Za-z_]\w*)["']|\benv(?:iron)?\.([A-Za-z_]\w*)/g;
  for (const text of texts)
    for (const [, shell, quoted, member] of text.matchAll(form))
      named.add(shell ?? quoted ?? member ?? '');
  return [...named]
    .filter((name) => env[name] !== undefined && !usual.has(name) && !name.startsWith('LC_'))
    .sort();
}

/** Folders in the place of all that they hold, if all of it was read. */
export function foldedInputs(
  inputs: readonly string[],
  filesOf: (folder: string) => readonly string[],
): string[] {
  const left = new Set(inputs);
  const folded: string[] = [];
  const folders = new Set(inputs.flatMap(foldersOf));
  for (const folder of [...folders].sort((a, b) => a.length - b.length)) {
    const files = filesOf(folder);
    if (files.length < fewFiles || !files.every((file) => left.has(file))) continue;
    for (const file of files) left.delete(file);
    folded.push(folder);
  }
  return [...folded, ...left].sort();
}

/** Fewer are named one by one. */
const fewFiles = 4;
