/** `cab run --learn`: what the command used, as the line to type, and as a recipe. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { learnCommand, type LearnedRun } from '../../compose/command/learn-command.ts';
import { CabError } from '../../core/model/errors.ts';
import { initProject } from '../init.ts';
import type { Services } from '../services.ts';
import type { Config } from '../settings/config.ts';
import { configFileName } from '../settings/config-file.ts';
import { run } from '../settings/flags.ts';
import { recipesKey, recipesOf, type WrittenRecipe } from '../settings/recipes.ts';
import type { CommandWish } from '../../compose/command/command-wish.ts';
import { storeOf } from './open-command.ts';

export type Lesson = LearnedRun['learned'];

export async function learn(
  wish: CommandWish,
  settings: Config,
  { env }: Services,
): Promise<LearnedRun> {
  const { cwd, command, declared } = wish;
  return learnCommand({
    ...{ root: storeOf(settings, cwd), cwd, command, declared, env },
    mindsIgnored: settings.get(run.ignore),
  });
}

/** The line that keeps this command, for a shell. */
export function learnedLine(
  { command }: CommandWish,
  { inputs, outputs, variables }: Lesson,
): string {
  const words = 'argv' in command ? command.argv : [command.line];
  const flags = [
    ...inputs.flatMap((input) => ['-i', input]),
    ...variables.flatMap((name) => ['-e', name]),
    ...outputs.flatMap((output) => ['-o', output]),
    ...('line' in command ? ['--shell'] : []),
  ];
  return ['cab', 'run', ...flags, '--', ...words].map(quoted).join(' ');
}

const mostNotes = 5;

/** What such a line cannot say. */
export function learnedNotes({ changed, outside }: Lesson): string[] {
  return [
    ...changed.map(
      (path) => `note: ${path} is read and then written; no result of such a command is kept`,
    ),
    ...outside
      .slice(0, mostNotes)
      .map((path) => `note: ${path} is read, and lies outside of the project`),
    ...(outside.length > mostNotes
      ? [`note: and ${outside.length - mostNotes} more; --json names them`]
      : []),
  ];
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Gives the file. One that is not there is made, as `cab init` makes it. @throws CabError usage, config_invalid */
export async function saveRecipe(
  name: string,
  wish: CommandWish,
  lesson: Lesson,
  settings: Config,
  { packageRoot }: Services,
): Promise<string> {
  const file = settings.file ?? join(wish.cwd, configFileName);
  if (settings.file === null) await initProject({ cwd: wish.cwd, packageRoot });
  const content = JSON.parse((await readFile(file, 'utf8')).replace(/^\uFEFF/, '')) as Record<
    string,
    unknown
  >;
  const recipes = recipesOf(content[recipesKey] ?? {}, file);
  const written = content[recipesKey] as Record<string, unknown> | undefined;
  if (recipes.has(name))
    throw new CabError('usage', `${file} has a recipe ${name} already`, {
      hint: 'Choose another name, or take it out of the file.',
      details: { file, recipe: name },
    });
  const all = {
    ...written,
    [name]: recipeOf(wish, lesson, dirname(file)),
  };
  recipesOf(all, file);
  // A process that reads the file meanwhile finds it complete.
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify({ ...content, [recipesKey]: all }, null, 2)}\n`);
  await rename(temporary, file);
  return file;
}

/** Paths of a recipe begin at the folder of the file, which is where the command ran. */
function recipeOf({ cwd, command }: CommandWish, lesson: Lesson, folder: string): WrittenRecipe {
  if (relative(folder, cwd) !== '')
    throw new CabError(
      'usage',
      `--save: a recipe runs in ${folder}, and this command ran in ${cwd}`,
      {
        hint: `Run it there: cd ${folder}`,
      },
    );
  return {
    command: 'argv' in command ? [...command.argv] : command.line,
    inputs: [...lesson.inputs],
    outputs: [...lesson.outputs],
    env: [...lesson.variables],
  };
}
