/** Completes a request that names a kind of job: `{job: 'thumb', features_path: 'a.jpg'}`. */
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import { queuedCommandSpec } from '../../core/model/request/queued-command.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import type { JobKinds, KindOrder, KindRequest } from '../../core/ports/job-kinds.ts';
import { closest } from '../../support/text/closest.ts';
import { admittedPath } from '../../support/paths/path-fence.ts';
import { probeOf } from '../command/command-parts.ts';
import { gatherCommand, inputsText } from '../command/gathered-command.ts';
import { normalizeRunnerSpec } from '../resolve-runner.ts';
import { storePlaces } from '../stores/store-places.ts';
import type { CommandPlace } from './command-place.ts';
import { filledInputs, filledRecipe, takesFile } from './filled-recipe.ts';
import {
  isCommand,
  type CommandKind,
  type JobKind,
  type KindsOptions,
  type RunnerKind,
} from './job-kind.ts';

type Asked = Parameters<JobKinds['order']>[1];

/** As `JobKinds.order`. */
export async function orderOfKind(
  options: KindsOptions,
  request: KindRequest,
  asked: Asked,
): Promise<KindOrder> {
  const kind = kindNamed(options, request.job, asked);
  refuseOwnVariables(kind, request, asked);
  const order = isCommand(kind)
    ? await commandOrder(kind, options, request, asked)
    : runnerOrder(kind, options, request);
  return { ...order, request: { ...order.request, ...defaultsOf(kind, request) } };
}

/** A caller that is fenced learns no path. */
function kindNamed(
  { file: { kinds, path } }: KindsOptions,
  name: string,
  { fence }: Asked,
): JobKind {
  const kind = kinds.get(name);
  if (kind !== undefined) return kind;
  const names = [...kinds.keys()];
  const meant = closest(name, names);
  const place = fence === undefined ? path : 'the configuration';
  throw invalid('job', `${place} names no kind of job ${JSON.stringify(name)}`, {
    hint:
      meant === undefined ? `It names: ${names.join(', ') || 'none'}.` : `Did you mean ${meant}?`,
  });
}

/** A caller that is fenced may give values to what the kind declares, and no more: a variable can name code to load. */
function refuseOwnVariables(
  kind: JobKind,
  { env = {}, inputs = [] }: KindRequest,
  { fence }: Asked,
): void {
  if (fence === undefined) return;
  const other = Object.keys(env).find((name) => !kind.env.includes(name));
  const field = other === undefined ? 'inputs' : `env.${other}`;
  if (other === undefined && inputs.length === 0) return;
  throw new CabError('path_refused', `${field}: this kind of job does not declare it`, {
    details: { field },
  });
}

function defaultsOf(
  { timeout, retries, priority, needs }: JobKind,
  request: KindRequest,
): Pick<SubmitRequest, 'timeout_s' | 'max_attempts' | 'priority' | 'needs'> {
  return {
    timeout_s: request.timeout_s ?? (timeout === undefined ? undefined : timeout / 1000),
    max_attempts: request.max_attempts ?? (retries === undefined ? undefined : retries + 1),
    priority: request.priority ?? priority,
    needs: request.needs ?? (needs && [...needs]),
  };
}

function runnerOrder(
  kind: RunnerKind,
  { file, env, cwd }: KindsOptions,
  request: KindRequest,
): KindOrder {
  const folder = dirname(file.path);
  const { db, probe, args } = kind;
  const path = request.features_path;
  const declared = filledInputs(kind.inputs, folder, path && resolve(cwd, path));
  return {
    runner: normalizeRunnerSpec(kind.runner, folder),
    ...(db !== undefined && request.db_path == null && { database: resolve(folder, db) }),
    request: {
      ...request,
      probe: { ...probe, ...request.probe },
      runner_kwargs: { ...args, ...request.runner_kwargs },
      inputs: [...declared, ...inputsFrom(request)],
      inputs_base: folder,
      env: { ...variablesOf(kind, env), ...request.env },
    },
  };
}

/** Those of the request itself, by absolute paths: they begin elsewhere. */
const inputsFrom = ({ inputs = [], inputs_base = '' }: KindRequest): string[] =>
  inputs.map((input) => {
    const [, not = '', path = ''] = /^(!?)(.*)$/s.exec(input) ?? [];
    return isAbsolute(path) ? input : `${not}${join(inputs_base, path)}`;
  });

function variablesOf({ env }: JobKind, own: NodeJS.ProcessEnv): Record<string, string | null> {
  return Object.fromEntries(
    env.map((text) => {
      const at = text.indexOf('=');
      return at < 0 ? [text, own[text] ?? null] : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function commandOrder(
  kind: CommandKind,
  { file: { path }, root, cwd, env: own }: KindsOptions,
  request: KindRequest,
  { memory, fence, signal }: Asked,
): Promise<KindOrder> {
  refuseForeign(request);
  const { job: name, features_path, env = {} } = request;
  const file = features_path === undefined ? undefined : resolve(cwd, features_path);
  refuseMisplaced(kind, request);
  if (file !== undefined && fence !== undefined) await admittedPath(file, 'features_path', fence);
  const wish = filledRecipe({ name, recipe: kind, configFile: path, file });
  const ignore = wish.mindsIgnored ?? true;
  const inputs = [...wish.inputs, ...inputsFrom(request)];
  const names = Object.keys(env).filter((each) => !kind.env.includes(each));
  const gathered = await gatherCommand(
    {
      ...{ cwd: wish.cwd, command: wish.command, inputs, outputs: wish.outputs },
      declared: [...wish.declared, ...names],
      env: { ...own, ...variables(env) },
      ...{ passesAll: false, mindsIgnored: ignore, outside: false },
    },
    { passedOver: storePlaces(root), memory: async () => memory, signal },
  );
  const sandbox = wish.sandbox === true ? { network: wish.network === true } : undefined;
  const place: CommandPlace = { cwd: wish.cwd, inputs, ignore, ...(sandbox && { sandbox }) };
  return {
    runner: queuedCommandSpec(name, place),
    request: {
      ...{ ...request, ...takenUp },
      features_text: inputsText(gathered.inputs),
      probe: probeOf(gathered.configuration),
      track_id: request.track_id ?? wish.track,
    },
  };
}

const variables = (env: Readonly<Record<string, string | null>>): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? undefined]));

/** Fields that became a part of the command. */
const takenUp = {
  features_path: undefined,
  env: undefined,
  inputs: undefined,
  inputs_base: undefined,
};

/** What only a runner takes. */
const ofRunners = ['probe', 'runner_kwargs', 'db_path', 'db_hash', 'config_hash'] as const;

function refuseForeign(request: KindRequest): void {
  const field = ofRunners.find((each) => request[each] != null);
  if (field !== undefined) throw invalid(field, `${request.job} is a command, which takes none`);
  const isSent = [request.features_text, request.features_bytes, request.features_digested].some(
    (input) => input !== undefined,
  );
  if (isSent)
    throw invalid('features', `${request.job} is a command, which takes a file of its project`, {
      hint: 'Name the file by features_path, as the daemon sees it.',
    });
}

function refuseMisplaced(kind: CommandKind, { job, features_path }: KindRequest): void {
  if (features_path === undefined && takesFile(kind))
    throw invalid('features_path', `${job} is about a file, and none is named`);
  if (features_path !== undefined && !takesFile(kind))
    throw invalid('features_path', `${job} has no place for a file`, {
      hint: 'Write {input} where the file belongs, in command or inputs.',
    });
}

const invalid = (field: string, problem: string, options: { hint?: string } = {}): CabError =>
  new CabError('invalid_request', `${field}: ${problem}`, { ...options, details: { field } });
