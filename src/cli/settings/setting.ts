/**
 * A setting is one thing that a user can choose: as a flag, in the environment, or in `cab.config.json`. Its name
 * gives all three: `kill_grace` is `--kill-grace`, `CAB_KILL_GRACE` and `kill_grace` in the file; one that belongs to
 * a command has the command before it (`CAB_STATUS_LIMIT`, `{"status": {"limit": 20}}`).
 */
import type { AlphabetLowercase } from '@oclif/core/interfaces';
import { CabError } from '../../core/model/errors.ts';
import { exactText } from '../../core/model/json/exact-json.ts';
import type { NameKind } from '../completion/candidate.ts';
import { durationText } from './duration.ts';
import { kindHelp, type ValueType } from './setting-kinds.ts';

export interface Setting<T = unknown> extends ValueType<T> {
  /** In words joined by underscores; unique within its scope. */
  readonly name: string;
  /** The command it belongs to, or null where it means the same to all. */
  readonly scope: string | null;
  /** What holds where nobody says anything; undefined where there is no such value. */
  readonly fallback: T | undefined;
  readonly char?: AlphabetLowercase;
  readonly summary: string;
  /** Title of the flags among which help lists it; without one it is among the command's own. */
  readonly heading?: string;
  /** Text of the value in help where the kind's own says too little. */
  readonly value?: string;
  /** True for a folder whose default is looked for upward from the working directory, as git looks for `.git`. */
  readonly upward?: true;
  /** What the value names, for completion, where the kind does not tell. */
  readonly names?: NameKind;
  /** True where the value is not to be shown. */
  readonly secret?: true;
  /** The default as help says it, where it is not the value itself. */
  readonly shown?: string;
}

/** A setting that always has a value. */
export interface Defaulted<T> extends Setting<T> {
  readonly fallback: T;
}

/** A line of the table: a setting without its name. */
export interface Row<T = unknown> extends Pick<
  Setting<T>,
  'char' | 'summary' | 'value' | 'names' | 'upward' | 'secret' | 'shown'
> {
  readonly type: ValueType<T>;
  /** Absent where the setting may be unset. */
  readonly default?: T;
  /** The command that it belongs to, if that is not its group's. */
  readonly scope?: string;
}

type Rows = Readonly<Record<string, Row>>;

/** Refuses a default that is none of the type's values. */
type Checked<R> = R extends { type: ValueType<infer T> } ? Row<T> : never;

type Made<R> = R extends { type: ValueType<infer T> }
  ? R extends { default: unknown }
    ? Defaulted<T>
    : Setting<T>
  : never;

/** What the settings of a group have in common. */
interface Group {
  /** The command that they belong to, or null for what means the same to all. */
  readonly scope: string | null;
  readonly heading: string;
}

export const titled = (scope: Group['scope'], heading: string): Group => ({ scope, heading });

/** Settings by their names; a group that is named by its scope alone has no heading. */
export function group<const R extends Rows>(
  of: Group | Group['scope'],
  rows: R & { readonly [Name in keyof R]: Checked<R[Name]> },
): { readonly [Name in keyof R]: Made<R[Name]> };
export function group(of: Group | Group['scope'], rows: Rows): Readonly<Record<string, Setting>> {
  const shared = typeof of === 'string' || of === null ? { scope: of } : of;
  return Object.fromEntries(
    Object.entries(rows).map(([name, { type, default: fallback, ...row }]) => [
      name,
      { name, ...shared, ...type, ...row, fallback },
    ]),
  );
}

export const flagOf = ({ name }: Setting): string => name.replaceAll('_', '-');

export const envOf = ({ name, scope }: Setting): string =>
  `CAB_${scope === null ? '' : `${scope}_`}${name}`.toUpperCase();

/** Where it stands in the configuration file, as a dotted path. */
export const keyOf = ({ name, scope }: Setting): string =>
  scope === null ? name : `${scope}.${name}`;

export const valueHelpOf = (setting: Setting): string => setting.value ?? kindHelp(setting.kind);

/** The default as people read it; undefined where there is none worth a word. */
export function defaultText({ kind, fallback, shown }: Setting): string | undefined {
  if (fallback === undefined || fallback === false) return undefined;
  if (shown !== undefined) return shown;
  if (typeof fallback === 'string') return fallback;
  return kind === 'duration' ? durationText(Number(fallback)) : JSON.stringify(fallback);
}

/**
 * Checks a value that came from outside. `where` names its source for the person who wrote it.
 * @throws CabError usage or config_invalid: `--timeout: expected …`
 */
export function checked<T>(
  setting: Setting<T>,
  input: unknown,
  where: string,
  code: 'usage' | 'config_invalid',
): T {
  const parsed = setting.schema().safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const member = issue?.path.map(String).join('.') ?? '';
  const problem = issue?.message ?? 'not understood';
  const got = input === undefined ? 'nothing' : exactText(input);
  throw new CabError(
    code,
    member === '' ? `${where}: ${problem}, got ${got}` : `${where}: ${member}: ${problem}`,
    { details: { setting: keyOf(setting) } },
  );
}
