/** Settings as the command line's parser knows them. */
import * as Flags from '@oclif/core/flags';
import type { FlagInput } from '@oclif/core/interfaces';
import { defaultText, envOf, flagOf, valueHelpOf, type Setting } from './setting.ts';

/** For help and completion: with the default where one is worth saying, and the variable. */
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
  if (kind === 'pairs' || kind === 'list')
    return Flags.string({ ...short, multiple: true, multipleNonGreedy: true });
  return Flags.string(short);
}

function described(setting: Setting): FlagInput[string] {
  const usual = defaultText(setting);
  const facts = [...(usual === undefined ? [] : [`default: ${usual}`]), `env: ${envOf(setting)}`];
  const flag = bare(setting);
  const text = `${setting.summary} [${facts.join(', ')}]`;
  if (flag.type === 'boolean') return { ...flag, summary: text };
  return { ...flag, summary: text, helpValue: valueHelpOf(setting) };
}
