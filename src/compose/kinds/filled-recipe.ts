import { dirname, resolve } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import { placeholders, trackOf } from '../../core/model/entry/track-pattern.ts';
import { isOutside, relativePath } from '../../support/paths/relative-path.ts';
import { closest } from '../../support/text/closest.ts';
import type { CommandWish } from '../command/command-wish.ts';
import { filledLine } from './filled-line.ts';
import type { CommandKind } from './job-kind.ts';

/** What a recipe is filled with. */
export interface RecipeUse {
  readonly name: string;
  readonly recipe: CommandKind;
  /** The configuration file; its folder is where the command runs. */
  readonly configFile: string;
  /** Absolute; undefined for a recipe that is about no file. */
  readonly file: string | undefined;
}

/** @throws CabError usage, config_invalid */
export function filledRecipe({ name, recipe, configFile, file }: RecipeUse): CommandWish {
  const cwd = dirname(configFile);
  const valueOf = valuesOf(cwd, file);
  const fill = (text: string): string => {
    refuseMisspelt(text, `${configFile}: jobs.${name}`);
    return filled(text, valueOf);
  };
  const line = (text: string): string => {
    refuseMisspelt(text, `${configFile}: jobs.${name}`);
    return filledLine(text, valueOf);
  };
  const { command, timeout } = recipe;
  return {
    cwd,
    command: typeof command === 'string' ? { line: line(command) } : { argv: command.map(fill) },
    inputs: recipe.inputs.map((text) => asInput(text, fill(text))),
    outputs: recipe.outputs.map(fill),
    declared: recipe.env,
    track: file === undefined ? name : `${name} ${inFolder(cwd, file)}`,
    mindsIgnored: recipe.ignore,
    sandbox: recipe.sandbox,
    network: recipe.network,
    timeoutMs: timeout,
  };
}

/** The inputs of a kind, for the file of one job, if it has one. @param file absolute */
export function filledInputs(
  inputs: readonly string[],
  folder: string,
  file: string | undefined,
): string[] {
  const valueOf = valuesOf(folder, file);
  return inputs.map((text) => asInput(text, filled(text, valueOf)));
}

/** Whether it is to be named a file. */
export const takesFile = ({ command, inputs, outputs }: CommandKind): boolean =>
  [command, inputs, outputs].flat().some((text) => /\{(?:input|stem|name|dir)\}/.test(text));

const known = ['input', ...placeholders];

/** Braces that hold another word stand for themselves, unless a placeholder must have been meant. */
function refuseMisspelt(text: string, where: string): void {
  for (const [, word = ''] of text.matchAll(/\{(\w+)\}/g)) {
    const meant = known.includes(word) ? undefined : closest(word, known);
    if (meant !== undefined)
      throw new CabError(
        'config_invalid',
        `${where}: unknown placeholder {${word}}; did you mean {${meant}}?`,
      );
  }
}

/** By the name of a placeholder; undefined for braces that stand for themselves. */
type ValueOf = (word: string) => string | undefined;

const filled = (text: string, valueOf: ValueOf): string =>
  text.replaceAll(/\{(\w+)\}/g, (braces, word: string) => valueOf(word) ?? braces);

/** What placeholders stand for. A path never looks like a flag, or like a pattern that leaves out. */
function valuesOf(cwd: string, file: string | undefined): ValueOf {
  if (file === undefined) return () => undefined;
  return (word) => {
    if (word === 'input') return unlikeFlags(inFolder(cwd, file));
    return known.includes(word) ? trackOf(`{${word}}`, file) : undefined;
  };
}

const unlikeFlags = (path: string): string => (/^[-!]/.test(path) ? `./${path}` : path);

/** `!` leaves out only if the recipe itself says it. */
const asInput = (text: string, filled: string): string =>
  filled.startsWith('!') && !text.startsWith('!') ? `./${filled}` : filled;

/** @throws CabError usage for a file elsewhere */
function inFolder(cwd: string, file: string): string {
  const path = relativePath(cwd, resolve(cwd, file));
  if (path !== '' && !isOutside(path)) return path;
  throw new CabError('usage', `${file} lies outside of the project, ${cwd}`, {
    hint: 'A recipe takes files of the folder of its cab.config.json, and below.',
    details: { file, project: cwd },
  });
}
