import { dirname, relative, resolve, sep } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import { placeholders, trackOf } from '../../core/model/track-pattern.ts';
import { closest } from '../../support/closest.ts';
import { parseDuration } from '../settings/duration.ts';
import type { Recipe } from '../settings/recipes.ts';
import type { CommandWish } from './open-command.ts';

/** What a recipe is filled with. */
export interface RecipeUse {
  readonly name: string;
  readonly recipe: Recipe;
  /** The configuration file; its folder is where the command runs. */
  readonly configFile: string;
  /** Absolute; undefined for a recipe that is about no file. */
  readonly file: string | undefined;
}

/** @throws CabError usage, config_invalid */
export function filledRecipe({ name, recipe, configFile, file }: RecipeUse): CommandWish {
  const cwd = dirname(configFile);
  const fill = (text: string): string => filled(text, { name, cwd, file, configFile });
  const { command, timeout } = recipe;
  return {
    cwd,
    command: typeof command === 'string' ? { line: fill(command) } : { argv: command.map(fill) },
    inputs: recipe.inputs.map(fill),
    outputs: recipe.outputs.map(fill),
    declared: recipe.env,
    track: file === undefined ? name : `${name} ${inFolder(cwd, file)}`,
    mindsIgnored: recipe.ignore,
    sandbox: recipe.sandbox,
    network: recipe.network,
    timeoutMs: timeout === undefined ? undefined : parseDuration(String(timeout)),
  };
}

/** Whether it is to be named a file. */
export const takesFile = ({ command, inputs, outputs }: Recipe): boolean =>
  [command, inputs, outputs].flat().some((text) => /\{(?:input|stem|name|dir)\}/.test(text));

const known = ['input', ...placeholders];

interface Filling {
  readonly name: string;
  readonly cwd: string;
  readonly file: string | undefined;
  readonly configFile: string;
}

/** Braces that hold another word stand for themselves, unless a placeholder must have been meant. */
function filled(text: string, { name, cwd, file, configFile }: Filling): string {
  for (const [, word = ''] of text.matchAll(/\{(\w+)\}/g)) {
    const meant = known.includes(word) ? undefined : closest(word, known);
    if (meant !== undefined)
      throw new CabError(
        'config_invalid',
        `${configFile}: jobs.${name}: unknown placeholder {${word}}; did you mean {${meant}}?`,
      );
  }
  if (file === undefined) return text;
  const input = inFolder(cwd, file);
  return trackOf(
    text.replaceAll('{input}', () => input),
    file,
  );
}

/** @throws CabError usage for a file elsewhere */
function inFolder(cwd: string, file: string): string {
  const path = relative(cwd, resolve(cwd, file));
  if (path !== '' && path !== '..' && !path.startsWith(`..${sep}`))
    return path.split(sep).join('/');
  throw new CabError('usage', `${file} lies outside of the project, ${cwd}`, {
    hint: 'A recipe takes files of the folder of its cab.config.json, and below.',
    details: { file, project: cwd },
  });
}
