/** What holds for this call: flags win over the environment, that over the configuration file, that over defaults. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import { withHome } from '../../support/paths/home-path.ts';
import { jsonObjectSchema } from '../../core/model/json/json.ts';
import type { ConfigFile } from './config-file.ts';
import type { JobKind } from '../../compose/kinds/job-kind.ts';
import { foundUpward } from './found-upward.ts';
import { checked, envOf, flagOf, keyOf, type Defaulted, type Setting } from './setting.ts';
import { fromPairs, fromText } from './setting-kinds.ts';

/** What the parser of flags found, by flag; a flag that was not given is undefined. */
export type GivenFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface ConfigSources {
  readonly flags: GivenFlags;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: ConfigFile | undefined;
  readonly cwd: string;
  /** False: a folder that nobody names is in the working directory, and is not looked for above it. */
  readonly looksUpward?: boolean;
}

interface Found {
  /** The flag, the variable or the file that says so. */
  readonly source: string;
  readonly code: 'usage' | 'config_invalid';
  readonly value: unknown;
  /** What a relative path in it is relative to. */
  readonly base: string;
}

export class Config {
  readonly #sources: ConfigSources;
  /** Looked for once: a command that makes it goes on with what it said. */
  #upward: { readonly path: string | undefined } | undefined;

  constructor(sources: ConfigSources) {
    this.#sources = sources;
  }

  get file(): string | null {
    return this.#sources.file?.path ?? null;
  }

  /** Of the configuration file. */
  get recipes(): ReadonlyMap<string, JobKind> {
    return this.#sources.file?.recipes ?? new Map<string, JobKind>();
  }

  /** Paths come out absolute. Throws usage, config_invalid. */
  get<T>(setting: Defaulted<T>): T;
  get<T>(setting: Setting<T>): T | undefined;
  get<T>(setting: Setting<T>): T | undefined {
    if (setting.kind === 'pairs') return this.#merged(setting);
    const [first] = this.#found(setting);
    if (first === undefined) return this.#fallback(setting);
    const value = absolute(setting, first.value, first.base);
    return checked(setting, value, whereOf(setting, first.source), first.code);
  }

  /** Who decided, for people: `--runner`, `CAB_RUNNER`, the path of the file, `found` for a folder that was looked for, or `default`. */
  source(setting: Setting): string {
    const sources = this.#found(setting).map(({ source }) => source);
    const named = setting.kind === 'pairs' ? sources.reverse() : sources.slice(0, 1);
    if (named.length > 0) return named.join(' + ');
    return this.#foundUpward(setting) === undefined ? 'default' : 'found';
  }

  /** Arguments of several sources add up; one that two of them name is the stronger one's. */
  #merged<T>(setting: Setting<T>): T | undefined {
    const found = this.#found(setting).reverse();
    if (found.length === 0) return setting.fallback;
    const all = found.map(({ source, value, code }) =>
      jsonObjectSchema.parse(checked(setting, value, whereOf(setting, source), code)),
    );
    const merged = Object.fromEntries(all.flatMap((pairs) => Object.entries(pairs)));
    return checked(setting, merged, flagOf(setting), 'usage');
  }

  #fallback<T>(setting: Setting<T>): T | undefined {
    const { file, cwd } = this.#sources;
    const { kind, fallback } = setting;
    if (kind !== 'path' || fallback === undefined) return fallback;
    const found = this.#foundUpward(setting);
    if (found !== undefined) return checked(setting, found, keyOf(setting), 'usage');
    const base = file === undefined ? cwd : dirname(file.path);
    return checked(setting, absolute(setting, fallback, base), keyOf(setting), 'usage');
  }

  #foundUpward<T>({ upward, fallback }: Setting<T>): string | undefined {
    const { file, cwd, looksUpward = true } = this.#sources;
    // A configuration file says where its project is.
    if (upward !== true || !looksUpward || file !== undefined) return undefined;
    if (typeof fallback !== 'string') return undefined;
    return (this.#upward ??= { path: foundUpward(fallback, cwd) }).path;
  }

  /** All that was said, the strongest first. */
  #found(setting: Setting): Found[] {
    const { flags, env, file, cwd } = this.#sources;
    const found: Found[] = [];
    const flag = flags[flagOf(setting)];
    if (flag !== undefined)
      found.push({
        source: `--${flagOf(setting)}`,
        code: 'usage',
        value: ofFlag(setting, flag),
        base: cwd,
      });
    const text = env[envOf(setting)];
    // An empty variable is how a script or a unit file says nothing.
    if (text !== undefined && text !== '')
      found.push({
        source: envOf(setting),
        code: 'config_invalid',
        value: fromText(setting.kind, text),
        base: cwd,
      });
    const written = file?.value(setting);
    if (file !== undefined && written !== undefined)
      found.push({
        source: file.path,
        code: 'config_invalid',
        value: written,
        base: dirname(file.path),
      });
    return found;
  }
}

function ofFlag(setting: Setting, given: string | boolean | readonly string[]): unknown {
  if (typeof given === 'boolean') return given;
  if (typeof given === 'string') return fromText(setting.kind, given);
  if (setting.kind === 'list') return given;
  const object = fromPairs(given);
  if (object === undefined)
    throw new CabError(
      'usage',
      `--${flagOf(setting)}: expected key=value, got ${JSON.stringify(given.find((pair) => pair.indexOf('=') < 1))}`,
    );
  return object;
}

const whereOf = (setting: Setting, source: string): string =>
  source.startsWith('--') || source.startsWith('CAB_') ? source : `${source}: ${keyOf(setting)}`;

function absolute(setting: Setting, value: unknown, base: string): unknown {
  // Nothing is no path: it would be the folder itself.
  if (typeof value !== 'string' || value === '' || value === '-' || isAbsolute(value)) return value;
  if (setting.kind === 'path') return resolve(base, withHome(value));
  if (setting.kind === 'runner' && /^\.\.?[\\/]/.test(value)) return resolve(base, value);
  return value;
}
