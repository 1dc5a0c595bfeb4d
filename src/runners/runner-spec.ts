import { existsSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CabError } from '../core/model/errors.ts';
import { didYouMean } from './close-names.ts';
import { findPythonModule, pythonSearchPath } from './code/python-source.ts';

/**
 * The text after `--runner`, parsed.
 *
 *   NAME                        a built-in runner
 *   ./file.mjs[:fn] /file.mjs   a module by path (a path begins with `.` or `/`)
 *   npm:package[:fn]            a module by package name, from node_modules of the working directory
 *   python:a.b:fn               a Python callable; `python:a.b.fn` too
 *   exec:… sh:…                 a program, a shell line
 *   left:fn                     Python if `left` is a module in the working directory or on PYTHONPATH;
 *                               else the npm package of that name, if one is installed;
 *                               else Python, if `left` may be the name of a module
 *
 * A spec that depends on the caller's directories begins with them, so that it means the same in any process:
 *
 *   @/abs/cwd [PYTHONPATH=/a:/b] python:a.b:fn
 *
 * (`%` and white space in these directories are percent-encoded.)
 */
export type RunnerSpec =
  | { readonly form: 'built-in'; readonly name: string }
  | { readonly form: 'module'; readonly file: string; readonly exportName: string | null }
  | {
      readonly form: 'package';
      readonly cwd: string;
      readonly name: string;
      readonly exportName: string | null;
    }
  | {
      readonly form: 'python';
      readonly cwd: string;
      /** Absolute directories, joined by colons; null if there are none. */
      readonly pythonPath: string | null;
      readonly module: string;
      readonly callable: string;
    }
  | { readonly form: 'exec'; readonly cwd: string; readonly command: string }
  | { readonly form: 'sh'; readonly cwd: string; readonly line: string };

export interface SpecPlace {
  readonly cwd: string;
  readonly pythonPath: string | undefined;
  /** Names of the built-in runners. */
  readonly builtIns: readonly string[];
}

/** @throws CabError runner_not_found, runner_invalid */
export function parseRunnerSpec(text: string, place: SpecPlace): RunnerSpec {
  const anchored = /^@(?<cwd>\/\S*) (?:PYTHONPATH=(?<pythonPath>\S*) )?(?<rest>.*)$/s.exec(text);
  const { cwd, pythonPath, rest } = anchored?.groups ?? {};
  if (cwd === undefined || rest === undefined) return parseHere(text.trim(), place);
  const searched = pythonPath === undefined ? undefined : decoded(pythonPath, text);
  return parseHere(rest, { ...place, cwd: decoded(cwd, text), pythonPath: searched });
}

/** The inverse of `parseRunnerSpec`, whichever process reads it. */
export function formatRunnerSpec(spec: RunnerSpec): string {
  switch (spec.form) {
    case 'built-in':
      return spec.name;
    case 'module':
      return spec.file + suffix(spec.exportName);
    case 'package':
      return `@${encoded(spec.cwd)} npm:${spec.name}${suffix(spec.exportName)}`;
    case 'python': {
      const path = spec.pythonPath === null ? '' : `PYTHONPATH=${encoded(spec.pythonPath)} `;
      return `@${encoded(spec.cwd)} ${path}python:${spec.module}:${spec.callable}`;
    }
    case 'exec':
      return `@${encoded(spec.cwd)} exec:${spec.command}`;
    case 'sh':
      return `@${encoded(spec.cwd)} sh:${spec.line}`;
    default:
      return spec satisfies never;
  }
}

const suffix = (exportName: string | null): string => (exportName === null ? '' : `:${exportName}`);
const encoded = (path: string): string =>
  path.replace(/[%\s]/g, (char) => encodeURIComponent(char));

function decoded(path: string, text: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    const hint = 'Write a percent sign in a directory as %25, a space as %20.';
    throw new CabError('runner_invalid', `runner ${text}: ${path} is not percent-encoded`, {
      ...{ hint, cause: error },
    });
  }
}

function parseHere(text: string, place: SpecPlace): RunnerSpec {
  const { cwd } = place;
  if (place.builtIns.includes(text)) return { form: 'built-in', name: text };
  const rest = text.slice(text.indexOf(':') + 1);
  if (text.startsWith('exec:')) return { form: 'exec', cwd, command: nonEmpty(text, rest) };
  if (text.startsWith('sh:')) return { form: 'sh', cwd, line: nonEmpty(text, rest) };
  if (text.startsWith('python:')) return pythonSpec(text, rest, place);
  if (text.startsWith('npm:'))
    return { form: 'package', cwd, ...nameAndExport(nonEmpty(text, rest)) };
  if (/^(?:\.{0,2}\/|file:)/.test(text)) return moduleSpec(text, cwd);
  return text.includes(':') ? pairSpec(text, place) : refuseName(text, place);
}

const identifier = String.raw`[\p{L}_$][\p{L}\p{N}_$]*`;
const dottedName = new RegExp(`^${identifier}(?:\\.${identifier})*$`, 'u');

function moduleSpec(text: string, cwd: string): RunnerSpec {
  const { name, exportName } = nameAndExport(text);
  const file = name.startsWith('file:') ? fileURLToPath(name) : resolve(cwd, name);
  if (file.endsWith('.py'))
    throw new CabError('runner_invalid', `runner ${text} is a Python file`, {
      hint: 'Name it as Python imports it, such as package.module:callable',
    });
  if (!mayBeModule(file))
    throw new CabError('runner_invalid', `runner ${text} is no module (.js, .mjs, .cjs or .ts)`, {
      hint: `If it is a program, name it as exec:${name}`,
    });
  return { form: 'module', file, exportName };
}

/** Node takes a file without an extension, too. */
const mayBeModule = (file: string): boolean => /^(?:|\.[cm]?[jt]s)$/.test(extname(file));

/** Parses `left:fn`. The head of this file gives the order of the checks. */
function pairSpec(text: string, place: SpecPlace): RunnerSpec {
  const { name, exportName } = nameAndExport(text);
  const module = text.slice(0, text.indexOf(':'));
  const searchPath = pythonSearchPath(place.cwd, place.pythonPath);
  const mayBePython = dottedName.test(module);
  if (mayBePython && findPythonModule(module, searchPath)) return pythonSpec(text, text, place);
  if (isInstalled(name, place.cwd)) return { form: 'package', cwd: place.cwd, name, exportName };
  if (mayBePython) return pythonSpec(text, text, place);
  throw new CabError(
    'runner_not_found',
    `runner ${text}: no package ${name} in node_modules of ${place.cwd} or above`,
  );
}

function pythonSpec(text: string, rest: string, { cwd, pythonPath }: SpecPlace): RunnerSpec {
  const split = rest.includes(':') ? rest.indexOf(':') : rest.lastIndexOf('.');
  const [module, callable] = [rest.slice(0, split), rest.slice(split + 1)];
  if (split < 0 || !dottedName.test(module) || !dottedName.test(callable))
    throw new CabError('runner_not_found', `runner ${text}: expected package.module:callable`);
  const [, ...searched] = pythonSearchPath(cwd, pythonPath);
  const path = searched.length === 0 ? null : searched.join(':');
  return { form: 'python', cwd, pythonPath: path, module, callable };
}

/** Splits off the name of an export, which ends a spec. A colon elsewhere, as in a path, is part of the name. */
function nameAndExport(text: string): { name: string; exportName: string | null } {
  const found = new RegExp(`^(?<name>.+):(?<exportName>${identifier})$`, 'su').exec(text)?.groups;
  return { name: found?.['name'] ?? text, exportName: found?.['exportName'] ?? null };
}

function isInstalled(specifier: string, cwd: string): boolean {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
  if (name === undefined) return false;
  const above = dirname(cwd);
  return (
    existsSync(join(cwd, 'node_modules', name)) || (above !== cwd && isInstalled(specifier, above))
  );
}

function nonEmpty(text: string, rest: string): string {
  if (rest.trim() === '')
    throw new CabError('runner_invalid', `runner ${text}: nothing follows the colon`, {
      details: { field: 'spec' },
    });
  return rest.trim();
}

function refuseName(text: string, { cwd, builtIns }: SpecPlace): never {
  const form = mayBeModule(text) ? './' : 'exec:./';
  const near = existsSync(resolve(cwd, text)) && text !== '' ? [`${form}${text}`] : [];
  const known = didYouMean(text, builtIns);
  const isModule = extname(text) !== '' && mayBeModule(text);
  const advice =
    isModule && near.length === 0
      ? '; a module begins with ./'
      : near.length > 0
        ? `; did you mean ${near.join()}?`
        : known;
  throw new CabError('runner_not_found', `runner ${JSON.stringify(text)} is not known${advice}`);
}
