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
import type { RunnerCall, RunnerContext, RunnerResult } from '../../core/ports/runner.ts';
import { commandRunner } from '../../runners/command/command-runner.ts';
import { environmentOf } from '../../runners/command/environment.ts';
import { findSandbox } from '../../runners/command/sandbox.ts';
import { withoutSecrets } from '../../runners/process/own-secrets.ts';
import { differencesBetween } from '../command/differences.ts';
import { gatherCommand, inputsText, type GatheredCommand } from '../command/gathered-command.ts';
import { openRoot } from '../stores/open-root.ts';
import { storePlaces } from '../stores/store-places.ts';
import type { CommandPlace } from './command-place.ts';

export interface QueuedCommandOptions {
  /** Of the store. */
  readonly root: string;
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
  const configuration = commandConfigurationSchema.parse(call.probe_kwargs);
  const gathered = await gatherAgain(place, configuration, options, context.signal);
  await refuseOther(gathered, configuration, call.features_path);
  const { sandbox } = place;
  const env = withoutSecrets(options.env);
  const runner = commandRunner({
    ...{ ...gathered, stdin: undefined, killGraceMs: options.killGraceMs },
    env: environmentOf(env, configuration.env),
    earlier: () => earlierOf(call, options),
    onOutput: async () => undefined,
    sandbox: sandbox && {
      ...{ network: sandbox.network, home: env['HOME'] },
      program: await findSandbox(place.cwd, env['PATH']),
    },
  });
  return runner.run(call, context);
}

/** The command as it is now, with the variables that its job names. */
async function gatherAgain(
  { cwd, inputs, ignore }: CommandPlace,
  { argv, line, outputs, env }: CommandConfiguration,
  { root, env: own }: QueuedCommandOptions,
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
      { passedOver: storePlaces(root), memory: async () => undefined, signal },
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
async function earlierOf(
  { track_id, manifest_path }: RunnerCall,
  { root }: QueuedCommandOptions,
): Promise<Manifest | undefined> {
  if (track_id === null) return undefined;
  const stores = openRoot({ root, artifactName: null, manifestName: basename(manifest_path) });
  try {
    const pointer = await stores.pointers.read(track_id);
    return pointer && (await stores.entries.locate(pointer))?.manifest;
  } catch (error) {
    if (isCabError(error, 'not_found', 'manifest_invalid', 'pointer_invalid')) return undefined;
    throw error;
  } finally {
    await stores.close();
  }
}
