/** Settings as the command line's parser knows them. */
import * as Flags from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import { defaultText, flagOf, valueHelpOf, type Setting } from './setting.ts';

/** For help: with the default where one is worth saying, under its heading. */
export const oclifFlags = (settings: readonly Setting[]): FlagInput =>
  Object.fromEntries(settings.map((setting) => [flagOf(setting), described(setting)]));

/**
 * For parsing: text stays text, and nothing but what was typed comes out, because variables, files and defaults
 * are read in one place (config.ts) whatever the setting.
 */
export const parserFlags = (settings: readonly Setting[]): FlagInput =>
  Object.fromEntries(settings.map((setting) => [flagOf(setting), bare(setting)]));

function bare(setting: Setting) {
  const { kind, char } = setting;
  const short = char === undefined ? {} : { char };
  if (kind === 'switch') return Flags.boolean({ ...short, allowNo: !isNegative(setting) });
  if (kind === 'pairs' || kind === 'list')
    return Flags.string({ ...short, multiple: true, multipleNonGreedy: true });
  return Flags.string(short);
}

const isNegative = ({ name }: Setting): boolean => name.startsWith('no_');

function described(setting: Setting): FlagInput[string] {
  const { heading, summary } = setting;
  const usual = defaultText(setting);
  const flag = {
    ...bare(setting),
    ...(heading === undefined ? {} : { helpGroup: heading }),
    summary: usual === undefined ? summary : `${summary} [default: ${usual}]`,
  };
  // What is off by default may be turned off too, above a variable or the file; help need not say so on each line.
  if (flag.type === 'boolean') return { ...flag, allowNo: setting.fallback === true };
  return { ...flag, helpValue: valueHelpOf(setting) };
}
