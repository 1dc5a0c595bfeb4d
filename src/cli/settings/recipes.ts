/** Kinds of job in `cab.config.json`, by name, under `jobs`: recipes of commands, and runners with their usual arguments. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/json/issue.ts';
import { jsonObjectSchema } from '../../core/model/json/json.ts';
import { isCommand, type CommandKind, type JobKind } from '../../compose/kinds/job-kind.ts';
import { closest } from '../../support/text/closest.ts';
import { parseDuration } from './duration.ts';
import { labelSchema } from '../../core/model/request/label.ts';

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
const milliseconds = z.pipe(
  durationText,
  z.transform((input) => parseDuration(String(input))),
);
const whole = (least: number, most: number) => z.int().check(z.minimum(least), z.maximum(most));

const described = <T extends z.ZodMiniType>(schema: T, description: string) =>
  schema.check(z.describe(description));

const defaultsOfJobs = {
  inputs: described(texts, 'files, folders and patterns that are read; "!pattern" leaves out'),
  env: described(texts, 'variables that are passed on and that the key holds: NAME or NAME=VALUE'),
  timeout: z.optional(described(milliseconds, 'time that one attempt may take')),
  retries: z.optional(described(whole(0, 99), 'further attempts of a queued job after a failure')),
  priority: z.optional(described(whole(-1000, 1000), 'higher runs first')),
  needs: z.optional(described(z.array(labelSchema), 'labels that a worker must have to take it')),
  concurrency: z.optional(
    described(whole(1, 1024), 'jobs of this kind that one process runs at the same time'),
  ),
};

/** Paths are relative to the folder of the file. */
const commandSchema = z.strictObject({
  command: described(
    z.union([text, z.array(text).check(z.minLength(1, 'expected the words of a command'))]),
    'the words of the command; or one line for /bin/sh. {input}, {stem}, {name} and {dir} stand for the file of the call',
  ),
  outputs: described(texts, 'files, folders and patterns that the command makes'),
  ignore: z.optional(described(z.boolean(), 'leave out of folders what .gitignore leaves out')),
  sandbox: z.optional(
    described(z.boolean(), 'let the command see its inputs and the system alone'),
  ),
  network: z.optional(described(z.boolean(), 'in the sandbox: let it use the network')),
  ...defaultsOfJobs,
});

const runnerSchema = z.strictObject({
  runner: described(text, 'the runner of these jobs, as for --runner'),
  args: described(z._default(jsonObjectSchema, {}), 'arguments of the runner'),
  probe: described(z._default(jsonObjectSchema, {}), 'arguments of the probe'),
  db: z.optional(described(text, 'the database that the runner reads')),
  ...defaultsOfJobs,
});

export const kindSchema = z.union([commandSchema, runnerSchema]);

/** A recipe as the file says it. */
export type WrittenRecipe = z.input<typeof commandSchema>;

/** Where kinds stand in the file. */
export const recipesKey = 'jobs';

/** A name that no shell, and no track, takes for something else. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** @param file for messages. @throws CabError config_invalid */
export function recipesOf(content: unknown, file: string): ReadonlyMap<string, JobKind> {
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
      if (isBoth(value))
        throw invalid(
          `${recipesKey}.${name}: has a command and a runner; one of them does the work`,
        );
      const kind = schemaOf(value).safeParse(value);
      if (kind.success) return [name, kind.data];
      const { field, problem } = issueOf(kind.error);
      throw invalid(`${recipesKey}.${name}${field === '' ? '' : `.${field}`}: ${problem}`);
    }),
  );
}

const isBoth = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'runner' in value && 'command' in value;

/** The form that was meant: a message about the other would name the wrong fields. */
const schemaOf = (value: unknown) =>
  typeof value === 'object' && value !== null && 'runner' in value ? runnerSchema : commandSchema;

/** @throws CabError usage */
export function recipeNamed(
  kinds: ReadonlyMap<string, JobKind>,
  name: string,
  file: string | null,
): CommandKind {
  const kind = kinds.get(name);
  if (kind === undefined) throw noRecipe(kinds, name, file);
  if (isCommand(kind)) return kind;
  throw new CabError('usage', `${name} has a runner, and cab run runs commands`, {
    hint: `Submit a file to it: cab submit --job ${name} FILE`,
    details: { recipe: name },
  });
}

function noRecipe(
  kinds: ReadonlyMap<string, JobKind>,
  name: string,
  file: string | null,
): CabError {
  const meant = closest(name, [...kinds.keys()]);
  const known = [...kinds.keys()].join(', ');
  const hint =
    meant !== undefined
      ? `Did you mean: cab run ${meant}`
      : kinds.size > 0
        ? `There is: ${known}. A command goes after --: cab run -- ${name}`
        : `A command goes after --: cab run -- ${name}. cab init writes a file for recipes.`;
  return new CabError(
    'usage',
    `${file ?? 'cab.config.json'} has no recipe ${JSON.stringify(name)}`,
    { hint, details: { recipe: name } },
  );
}
