/** `cab.config.json`: found from the working directory upward; the first one found holds, whole. */
import { existsSync } from 'node:fs';
import { lstat, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { parseExact } from '../../core/model/json/exact-json.ts';
import { notRegular, withoutWaiting } from '../../support/files/read-regular.ts';
import { closest } from '../../support/text/closest.ts';
import { refuseForeign, trust, type Environment, type ReadFile } from './config-trust.ts';
import { allSettings } from './flags.ts';
import type { JobKind } from '../../compose/kinds/job-kind.ts';
import { recipesKey, recipesOf } from './recipes.ts';
import { keyOf, type Setting } from './setting.ts';

export const configFileName = 'cab.config.json';

export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** As it stands in the file; undefined where the file says nothing. */
  value(setting: Setting): unknown;
  /** By name. */
  readonly recipes: ReadonlyMap<string, JobKind>;
}

/** Throws config_invalid, naming the file and the place; config_untrusted for one of another user. */
export async function findConfigFile(
  cwd: string,
  env: Environment = {},
): Promise<ConfigFile | undefined> {
  const path = configPathFrom(cwd);
  if (path === undefined) return undefined;
  const file = await read(path);
  await refuseForeign(file, env);
  return configFileOf(path, await parse(path, file.text));
}

/** Has the file that is found read from now on, whose ever it is, until it is changed. Gives its path. @throws CabError usage */
export async function trustConfigFile(cwd: string, env: Environment): Promise<string> {
  const path = configPathFrom(cwd);
  if (path === undefined)
    throw new CabError('usage', `--trust: there is no ${configFileName} in ${cwd} or above it`);
  await trust(await read(path), env);
  return path;
}

function configPathFrom(cwd: string): string | undefined {
  for (let dir = cwd; ; dir = dirname(dir)) {
    const path = join(dir, configFileName);
    if (existsSync(path)) return path;
    if (dirname(dir) === dir) return undefined;
  }
}

/** @param content what the file holds, parsed */
export function configFileOf(path: string, content: unknown): ConfigFile {
  const object = objectSchema().safeParse(content);
  if (!object.success) throw invalid(path, 'expected an object of settings');
  const { [recipesKey]: recipes, ...settings } = object.data;
  const values = new Map(flatten(path, settings));
  return {
    path,
    value: (setting) => values.get(keyOf(setting)),
    recipes: recipes === undefined ? new Map() : recipesOf(recipes, path),
  };
}

const objectSchema = () => z.record(z.string(), z.unknown());

async function read(path: string): Promise<ReadFile> {
  try {
    const handle = await open(path, withoutWaiting);
    try {
      const stats = await handle.stat();
      if (!stats.isFile() && !stats.isDirectory()) throw notRegular(path);
      // Some editors begin it with a byte order mark.
      const text = (await handle.readFile('utf8')).replace(/^\uFEFF/, '');
      const around = await Promise.all([lstat(path), stat(dirname(path))]);
      return { path, text, owners: [stats, ...around].map(({ uid }) => uid) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CabError('config_invalid', `${path} cannot be read (${errno})`, { cause: error });
  }
}

async function parse(path: string, text: string): Promise<unknown> {
  try {
    return parseExact(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw await misspelt(path, text, error);
  }
}

/** The engine's own words name no line, and change with its version. */
async function misspelt(path: string, text: string, cause: SyntaxError): Promise<CabError> {
  const { jsonFault } = await import('../../compose/json-fault.ts');
  const fault = jsonFault(text, path);
  if (fault === undefined)
    return invalid(path, 'holds NaN or Infinity, which JSON does not have', cause);
  const { message, hint } = fault;
  return new CabError('config_invalid', message, { hint, details: { file: path }, cause });
}

/** Settings by dotted key. An unknown key is refused: what a typing error turns off would go unnoticed. */
function* flatten(path: string, content: Record<string, unknown>): Generator<[string, unknown]> {
  const known = allSettings.map(keyOf);
  const scopes = new Set(allSettings.flatMap(({ scope }) => scope ?? []));
  for (const [name, value] of Object.entries(content)) {
    if (name === '$schema') continue;
    if (!scopes.has(name)) {
      yield [knownKey(path, name, known), value];
      continue;
    }
    const section = objectSchema().safeParse(value);
    if (!section.success) throw invalid(path, `${name}: expected an object`);
    for (const [inner, own] of Object.entries(section.data))
      yield [knownKey(path, `${name}.${inner}`, known), own];
  }
}

function knownKey(path: string, key: string, known: readonly string[]): string {
  if (known.includes(key)) return key;
  const meant = closest(key, known);
  throw invalid(
    path,
    `unknown key ${JSON.stringify(key)}${meant === undefined ? '' : `; did you mean ${JSON.stringify(meant)}?`}`,
  );
}

const invalid = (path: string, message: string, cause?: unknown): CabError =>
  new CabError('config_invalid', `${path}: ${message}`, { details: { file: path }, cause });
