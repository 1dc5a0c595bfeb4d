/** Runs a command that waited in the queue. Its job says what was hashed; the command runs only if all of that is still so. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  commandConfigurationSchema,
  type CommandConfiguration,
} from '../../core/model/command/command-configuration.ts';
import { inputsDocumentSchema } from '../../core/model/command/inputs-document.ts';
import { CabError, isCabError } from '../../core/model/errors.ts';
import type { Manifest } from '../../core/model/entry/manifest.ts';
import type { Runner, RunnerCall, RunnerContext, RunnerResult } from '../../core/ports/runner.ts';
import type { Stores } from '../../core/ports/stores.ts';
import { commandRunner } from '../../runners/command/command-runner.ts';
import { environmentOf } from '../../runners/command/environment.ts';
import { findSandbox } from '../../runners/command/sandbox.ts';
import { withoutSecrets } from '../../runners/process/own-secrets.ts';
import { differencesBetween } from '../command/differences.ts';
import {
  fewFiles,
  gatherCommand,
  inputsText,
  type GatheredCommand,
} from '../command/gathered-command.ts';
import { ifReadable } from '../command/if-readable.ts';
import { openRoot } from '../stores/open-root.ts';
import { resultsOf } from '../stores/results-of.ts';
import type { QueueChoice, StoreChoice } from '../stores/store-choice.ts';
import { storePlaces } from '../stores/store-places.ts';
import type { CommandPlace } from './command-place.ts';

export interface QueuedCommandOptions {
  /** Of the store. */
  readonly root: string;
  /** Where results are, if not there. */
  readonly store?: StoreChoice | undefined;
  /** Where jobs are, if not there. */
  readonly queue?: QueueChoice | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly killGraceMs: number;
}

/** As `Runner.run`. @throws CabError input_changed if anything is not what it was when the job was accepted */
export async function runQueuedCommand(
  place: CommandPlace,
  options: QueuedCommandOptions,
  call: RunnerCall,
  context: RunnerContext,
): Promise<RunnerResult> {
  const manifestName = basename(call.manifest_path);
  const rooted = {
    root: options.root,
    store: options.store,
    queue: options.queue,
    artifactName: null,
    manifestName,
  };
  const stores = openRoot(rooted, await resultsOf(rooted));
  try {
    const runner = await runnerNow(place, options, call, stores, context.signal);
    return await runner.run(call, context);
  } finally {
    await stores.close();
  }
}

async function runnerNow(
  place: CommandPlace,
  options: QueuedCommandOptions,
  call: RunnerCall,
  stores: Stores,
  signal: AbortSignal,
): Promise<Runner> {
  const configuration = commandConfigurationSchema.parse(call.probe_kwargs);
  const gathered = await gatherAgain(place, configuration, options, stores, signal);
  await refuseOther(gathered, configuration, call.features_path);
  const { sandbox } = place;
  const env = withoutSecrets(options.env);
  return commandRunner({
    ...{ ...gathered, stdin: undefined, killGraceMs: options.killGraceMs },
    env: environmentOf(env, configuration.env),
    earlier: () => earlierOf(call.track_id, stores),
    onOutput: async () => undefined,
    sandbox: sandbox && {
      ...{ network: sandbox.network, home: env['HOME'] },
      program: await findSandbox(place.cwd, env['PATH']),
    },
  });
}

/** The command as it is now, with the variables that its job names. */
async function gatherAgain(
  { cwd, inputs, ignore }: CommandPlace,
  { argv, line, outputs, env }: CommandConfiguration,
  { root, env: own }: QueuedCommandOptions,
  { jobs }: Stores,
  signal: AbortSignal,
): Promise<GatheredCommand> {
  try {
    return await gatherCommand(
      {
        ...{ cwd, inputs, passesAll: false, mindsIgnored: ignore, outside: false },
        command: argv === undefined ? { line: line ?? '' } : { argv },
        // They are relative to the project root, which is where a recipe runs.
        outputs,
        declared: [],
        env: environmentOf(withoutSecrets(own), env),
      },
      {
        passedOver: storePlaces(root),
        memory: async (count) => (count > fewFiles ? jobs.existing() : undefined),
        signal,
      },
    );
  } catch (error) {
    if (!isCabError(error, 'input_not_found')) throw error;
    throw changed(error.message, error);
  }
}

/** @throws CabError input_changed */
async function refuseOther(
  { configuration, inputs }: GatheredCommand,
  wanted: CommandConfiguration,
  document: string,
): Promise<void> {
  const accepted = await readFile(document, 'utf8');
  const then = inputsDocumentSchema.parse(JSON.parse(accepted));
  // Declared variables are the job's own.
  const now = { ...configuration, env: wanted.env };
  const [difference] = differencesBetween(
    { configuration: now, inputs: inputs.map(({ item }) => item) },
    { configuration: wanted, inputs: then.inputs },
  );
  if (difference !== undefined) throw changed(`${difference} since the job was accepted`);
  if (inputsText(inputs) !== accepted)
    throw changed('the inputs changed since the job was accepted');
}

const changed = (message: string, cause?: unknown): CabError =>
  new CabError('input_changed', message, { cause });

/** The manifest of the entry that the track leads to. */
const earlierOf = async (
  track_id: string | null,
  { pointers, entries }: Stores,
): Promise<Manifest | undefined> =>
  track_id === null
    ? undefined
    : ifReadable(async () => {
        const pointer = await pointers.read(track_id);
        return pointer && (await entries.locate(pointer))?.manifest;
      });
