/** Recipes of `cab.config.json`: commands with their inputs and outputs, by name, under `jobs`. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/json/issue.ts';
import { closest } from '../../support/closest.ts';
import { parseDuration } from './duration.ts';

const text = z.string().check(z.minLength(1, 'expected some text'));
const texts = z._default(z.array(text), []);
const durationText = z
  .union([z.string(), z.number()])
  .check(
    z.refine(
      (input) => parseDuration(String(input)) !== undefined,
      'expected a duration such as 30s, 5m or 1h',
    ),
  );

const described = <T extends z.ZodMiniType>(schema: T, description: string) =>
  schema.check(z.describe(description));

/** Paths are relative to the folder of the file. */
export const recipeSchema = z.strictObject({
  command: described(
    z.union([text, z.array(text).check(z.minLength(1, 'expected a command'))]),
    'the words of the command; or one line for /bin/sh. {input}, {stem}, {name} and {dir} stand for the file of the call',
  ),
  inputs: described(
    texts,
    'files, folders and patterns that the command reads; "!pattern" leaves out',
  ),
  outputs: described(texts, 'files, folders and patterns that the command makes'),
  env: described(texts, 'variables that the command gets and the key holds: NAME or NAME=VALUE'),
  ignore: z.optional(described(z.boolean(), 'leave out of folders what .gitignore leaves out')),
  sandbox: z.optional(
    described(z.boolean(), 'let the command see its inputs and the system alone'),
  ),
  network: z.optional(described(z.boolean(), 'in the sandbox: let it use the network')),
  timeout: z.optional(described(durationText, 'time that the command may take')),
});

export type Recipe = z.infer<typeof recipeSchema>;

/** Where recipes stand in the file. */
export const recipesKey = 'jobs';

/** A name that no shell, and no track, takes for something else. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** @param file for messages. @throws CabError config_invalid */
export function recipesOf(content: unknown, file: string): ReadonlyMap<string, Recipe> {
  const invalid = (message: string): CabError =>
    new CabError('config_invalid', `${file}: ${message}`, { details: { file } });
  const all = z.record(z.string(), z.unknown()).safeParse(content);
  if (!all.success) throw invalid(`${recipesKey}: expected an object of recipes`);
  return new Map(
    Object.entries(all.data).map(([name, value]) => {
      if (!namePattern.test(name))
        throw invalid(
          `${recipesKey}: ${JSON.stringify(name)} is no name of a recipe: letters, digits, ".", "_" and "-"`,
        );
      const recipe = recipeSchema.safeParse(value);
      if (recipe.success) return [name, recipe.data];
      const { field, problem } = issueOf(recipe.error);
      throw invalid(`${recipesKey}.${name}${field === '' ? '' : `.${field}`}: ${problem}`);
    }),
  );
}

/** @throws CabError usage */
export function recipeNamed(
  recipes: ReadonlyMap<string, Recipe>,
  name: string,
  file: string | null,
): Recipe {
  const recipe = recipes.get(name);
  if (recipe !== undefined) return recipe;
  const meant = closest(name, [...recipes.keys()]);
  const known = [...recipes.keys()].join(', ');
  const hint =
    meant !== undefined
      ? `Did you mean: cab run ${meant}`
      : recipes.size > 0
        ? `There is: ${known}. A command goes after --: cab run -- ${name}`
        : `A command goes after --: cab run -- ${name}. cab init writes a file for recipes.`;
  throw new CabError(
    'usage',
    `${file ?? 'cab.config.json'} has no recipe ${JSON.stringify(name)}`,
    {
      hint,
      details: { recipe: name },
    },
  );
}
