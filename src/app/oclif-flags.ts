/** Settings as the command line's parser knows them. */
import * as Flags from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import { envOf, flagOf, valueHelpOf, type Setting } from './setting.ts';

/** For help and completion: with the variable, and the default where one is worth saying. */
export const oclifFlags = (settings: readonly Setting[]): FlagInput =>
  Object.fromEntries(settings.map((setting) => [flagOf(setting), described(setting)]));

/**
 * For parsing: text stays text, and nothing but what was typed comes out, because variables, files and defaults
 * are read in one place (config.ts) whatever the setting.
 */
export const parserFlags = (settings: readonly Setting[]): FlagInput =>
  Object.fromEntries(settings.map((setting) => [flagOf(setting), bare(setting)]));

function bare({ kind, char }: Setting) {
  const short = char === undefined ? {} : { char };
  if (kind === 'switch') return Flags.boolean({ ...short, allowNo: true });
  const multiple = kind === 'pairs';
  return Flags.string({ ...short, multiple, multipleNonGreedy: multiple });
}

function described(setting: Setting): FlagInput[string] {
  const shared = { summary: setting.summary, env: envOf(setting) };
  const flag = bare(setting);
  if (flag.type === 'boolean') return { ...flag, ...shared };
  const { fallback } = setting;
  return {
    ...flag,
    ...shared,
    helpValue: valueHelpOf(setting),
    ...(fallback !== undefined && { default: setting.shown ?? String(fallback) }),
  };
}
