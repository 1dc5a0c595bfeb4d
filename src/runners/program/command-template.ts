import type { RunnerCall } from '../../core/ports/runner.ts';
import { CabError } from '../../core/model/errors.ts';
import { exactText } from '../../core/model/exact-json.ts';
import type { Json } from '../../core/model/job.ts';
import { didYouMean } from '../close-names.ts';

/**
 * A command line of `exec:`. It is split into arguments once. Values are put into the arguments and are never split.
 */
export interface CommandTemplate {
  /** The arguments as written, including placeholders. */
  readonly tokens: readonly string[];
  readonly names: ReadonlySet<string>;
  /** Throws invalid_request if a value that the command needs is not given. */
  readonly fill: (call: RunnerCall) => string[];
}

const fields: Readonly<Record<string, (call: RunnerCall) => string | null>> = {
  input: (call) => call.features_path,
  features: (call) => call.features_path,
  artifact: (call) => call.artifact_path,
  manifest: (call) => call.manifest_path,
  out_root: (call) => call.out_root,
  track_id: (call) => call.track_id ?? '',
  run_id: (call) => call.run_id,
  config_hash: (call) => call.config_hash,
  source_hash: (call) => call.source_hash,
  db: (call) => call.db_path,
  db_hash: (call) => call.db_hash ?? '',
  probe: (call) => exactText(call.probe_kwargs),
  runner_kwargs: (call) => exactText(call.runner_kwargs),
};

export const placeholderNames: readonly string[] = Object.keys(fields);

/**
 * Splits the command. Quotes and backslashes work as in a shell, and nothing else does. `{name}` stands for a value
 * of the call, `{arg.NAME}` for a member of runner_kwargs, and `{{` and `}}` for braces.
 * @throws CabError runner_invalid
 */
export function commandTemplate(command: string): CommandTemplate {
  const tokens = splitCommand(command);
  const names = new Set(tokens.flatMap((token) => placeholdersOf(token)));
  for (const name of names)
    if (!Object.hasOwn(fields, name) && !name.startsWith('arg.'))
      throw new CabError(
        'runner_invalid',
        `runner exec:${command}: unknown placeholder {${name}}${didYouMean(name, placeholderNames)}`,
        {
          hint: `Known are ${placeholderNames.join(', ')} and arg.NAME; a plain brace is {{ or }}.`,
        },
      );
  return {
    tokens,
    names,
    fill: (call) =>
      tokens.map((token) =>
        token.replace(brace, (found, name?: string) => value(found, name, call)),
      ),
  };
}

const brace = /\{\{|\}\}|\{([^{}]*)\}/g;

const placeholdersOf = (token: string): string[] =>
  [...token.matchAll(brace)].flatMap(([, name]) => (name === undefined ? [] : [name]));

function value(found: string, name: string | undefined, call: RunnerCall): string {
  if (name === undefined) return found.charAt(0);
  const given = name.startsWith('arg.')
    ? textOf(call.runner_kwargs[name.slice('arg.'.length)])
    : fields[name]?.(call);
  const field = name === 'db' ? 'db_path' : name.replace(/^arg\./, 'runner_kwargs.');
  if (given == null) throw unfit(field, "the runner's command needs it");
  if (given.includes('\0')) throw unfit(field, 'holds a NUL character, which no argument can');
  return given;
}

const unfit = (field: string, problem: string): CabError =>
  new CabError('invalid_request', `${field}: ${problem}`, { details: { field } });

const textOf = (json: Json | undefined): string | undefined =>
  typeof json === 'string' || json === undefined ? json : exactText(json);

/** One argument: plain characters, escaped characters and quoted parts, in any mixture. */
const argument = /\s*((?:[^\s'"\\]|\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*")+)/y;
const piece = /\\([^])|'([^']*)'|"((?:[^"\\]|\\[^])*)"/g;

function splitCommand(command: string): string[] {
  const tokens: string[] = [];
  argument.lastIndex = 0;
  while (argument.lastIndex < command.trimEnd().length) {
    const from = argument.lastIndex;
    const found = argument.exec(command)?.[1];
    if (found === undefined)
      throw new CabError(
        'runner_invalid',
        `runner exec:${command}: a quote or backslash at the end is left open: ${command.slice(from).trim()}`,
      );
    tokens.push(
      found.replace(
        piece,
        (_, escaped?: string, single?: string, double?: string) =>
          escaped ?? single ?? (double ?? '').replace(/\\(["\\$`])/g, '$1'),
      ),
    );
  }
  return tokens;
}
