/** What `cab run` is asked to do: the command after `--`, or a recipe, once for each file. */
import { resolve } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import type { Config } from '../settings/config.ts';
import { run } from '../settings/flags.ts';
import { recipeNamed } from '../settings/recipes.ts';
import { filledRecipe, takesFile } from '../../compose/kinds/filled-recipe.ts';
import type { CommandWish } from '../../compose/command/command-wish.ts';
import type { Words } from './words.ts';

/** @throws CabError usage, config_invalid */
export function wishesOf(
  { operands, command }: { readonly operands: readonly string[] } & Pick<Words, 'command'>,
  settings: Config,
  cwd: string,
): CommandWish[] {
  const named = {
    inputs: settings.get(run.input),
    outputs: settings.get(run.output),
    declared: settings.get(run.env),
  };
  const [recipe, ...files] = operands;
  if (command !== undefined && recipe !== undefined)
    throw new CabError(
      'usage',
      `${recipe} stands before --, and so does not belong to the command`,
      {
        hint: 'A command stands after -- as a whole; a recipe stands without --.',
      },
    );
  if (recipe !== undefined)
    return recipeWishes(recipe, files, settings, cwd).map((wish) => add(wish, named));
  if (command === undefined || command.length === 0)
    throw new CabError('usage', 'no command is named', {
      hint: 'Put it after --, such as: cab run -i src -o app -- make app',
    });
  const words = settings.get(run.shell) ? { line: command.join(' ') } : { argv: command };
  return [{ cwd, command: words, ...named, track: undefined }];
}

function recipeWishes(
  name: string,
  files: readonly string[],
  settings: Config,
  cwd: string,
): CommandWish[] {
  const recipe = recipeNamed(settings.recipes, name, settings.file);
  const use = { name, recipe, configFile: settings.file ?? '' };
  if (files.length === 0 && takesFile(recipe))
    throw new CabError('usage', `the recipe ${name} is about a file, and none is named`, {
      hint: `Name one or several: cab run ${name} FILE…`,
    });
  if (files.length > 0 && !takesFile(recipe))
    throw new CabError('usage', `the recipe ${name} has no place for a file`, {
      hint: 'Write {input} where the file belongs, in command or inputs.',
    });
  if (files.length === 0) return [filledRecipe({ ...use, file: undefined })];
  return files.map((file) => filledRecipe({ ...use, file: resolve(cwd, file) }));
}

const add = (wish: CommandWish, named: Pick<CommandWish, 'inputs' | 'outputs' | 'declared'>) => ({
  ...wish,
  inputs: [...wish.inputs, ...named.inputs],
  outputs: [...wish.outputs, ...named.outputs],
  declared: [...wish.declared, ...named.declared],
});
