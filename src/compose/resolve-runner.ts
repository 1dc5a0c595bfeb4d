import { CabError } from '../core/model/errors.ts';
import { isQueuedCommand } from '../core/model/request/queued-command.ts';
import type { Runner } from '../core/ports/runner.ts';
import { commandTraits } from '../runners/command/command-traits.ts';
import {
  historicalEchoRunner,
  type HistoricalEchoOptions,
} from '../runners/historical-echo/runner.ts';
import { moduleRunner } from '../runners/module/module-runner.ts';
import { execRunner, shellRunner } from '../runners/program/program-runner.ts';
import { withoutSecrets } from '../runners/process/own-secrets.ts';
import { layoutOf } from '../stores/local/layout.ts';
import { pythonRunner } from '../runners/python/python-runner.ts';
import type { ResolvedOptions, RunnerOptions } from '../runners/runner-options.ts';
import { defaults } from './defaults.ts';
import type { QueueChoice, StoreChoice } from './stores/store-choice.ts';
import { commandPlace } from './kinds/command-place.ts';
import { formatRunnerSpec, parseRunnerSpec, type RunnerSpec } from '../runners/runner-spec.ts';

/** Runners that have a name. */
const builtIns: Readonly<Record<string, (options: HistoricalEchoOptions) => Runner>> = {
  [defaults.runner]: historicalEchoRunner,
};

/**
 * Turns a spec of the user into a form that means the same in any process and working directory. Jobs store this
 * form. Idempotent. `env` gives `PYTHONPATH`.
 * @throws CabError runner_not_found, runner_invalid
 */
export const normalizeRunnerSpec = (spec: string, cwd: string, env = process.env): string =>
  formatRunnerSpec(parse(spec, cwd, env));

export const isPythonRunner = (spec: string, cwd: string): boolean =>
  parse(spec, cwd, process.env).form === 'python';

export interface ResolveOptions extends RunnerOptions {
  /** The root in whose cache a runner may keep data that it can compute again. Without it, no runner keeps any. */
  readonly root?: string;
  /** Where the results of the root are, if not there. */
  readonly store?: StoreChoice | undefined;
  readonly queue?: QueueChoice | undefined;
}

/** The runner behind a spec, in either form. Loads and starts nothing yet. @throws CabError runner_not_found, runner_invalid */
export function resolveRunner(text: string, options: ResolveOptions): Runner {
  const { cwd, env = process.env, python = defaults.python, maxHeapMb } = options;
  const { killGraceMs = defaults.graceMs } = options;
  if (isQueuedCommand(text)) return queued(text, options);
  const spec = parse(text, cwd, env);
  if (spec.form === 'built-in') return builtIn(spec.name, options.root);
  return create(spec, { env: withoutSecrets(env), python, killGraceMs, maxHeapMb });
}

/** As `resolveRunner`, for all jobs of a broker. `graceMs` is that of the broker. */
export const resolverOf =
  ({ graceMs, ...options }: Omit<ResolveOptions, 'killGraceMs'> & { readonly graceMs: number }) =>
  (spec: string): Runner =>
    resolveRunner(spec, { ...options, killGraceMs: graceMs });

const parse = (text: string, cwd: string, env: NodeJS.ProcessEnv): RunnerSpec =>
  parseRunnerSpec(text, {
    ...{ cwd, pythonPath: env['PYTHONPATH'], builtIns: Object.keys(builtIns) },
  });

function create(spec: Exclude<RunnerSpec, { form: 'built-in' }>, options: ResolvedOptions): Runner {
  switch (spec.form) {
    case 'module':
    case 'package':
      return moduleRunner(spec, options);
    case 'python':
      return pythonRunner(spec, options);
    case 'exec':
      return execRunner(spec, options);
    case 'sh':
      return shellRunner(spec, options);
    default:
      return spec satisfies never;
  }
}

/** What runs the command is loaded with the first such job. */
function queued(text: string, options: ResolveOptions): Runner {
  const { root, store, queue, env = process.env, killGraceMs = defaults.graceMs } = options;
  const place = commandPlace(text);
  if (root === undefined)
    throw new CabError('runner_not_found', 'a queued command needs a root in a directory');
  return {
    ...commandTraits,
    isForOneJob: true,
    async run(call, context) {
      const { runQueuedCommand } = await import('./kinds/queued-command.ts');
      return runQueuedCommand(place, { root, store, queue, env, killGraceMs }, call, context);
    },
    close: async () => undefined,
  };
}

function builtIn(name: string, root: string | undefined): Runner {
  const make = builtIns[name];
  if (!make) throw new TypeError(`${name} was parsed as a built-in runner, and is none`);
  return make(root === undefined ? {} : { cache: layoutOf(root) });
}
