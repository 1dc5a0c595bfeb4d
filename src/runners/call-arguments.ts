import { CabError } from '../core/model/errors.ts';
import type { RunnerCall, RunnerInput } from '../core/ports/runner.ts';
import type { Json, JsonObject } from '../core/model/job.ts';

/** The eight arguments of the reference contract. */
export interface ContractArguments {
  readonly features_path: string;
  readonly out_root: string;
  readonly track_id: string | null;
  readonly run_id: string;
  readonly config_hash: string;
  readonly db_path: string | null;
  readonly db_hash: string | null;
  readonly probe_kwargs: JsonObject;
}

/** Names of the arguments in the reference contract. */
export const contractNames = [
  ...['features_path', 'out_root', 'track_id', 'run_id'],
  ...['config_hash', 'db_path', 'db_hash', 'probe_kwargs'],
];

/** Names of the arguments in a module's call. */
export const moduleNames = [
  ...contractNames,
  ...['source_hash', 'runner_kwargs', 'artifact_path', 'manifest_path'],
];

/** The arguments of a Python callable, without `runner_kwargs`. */
export function contractArguments(call: RunnerCall): ContractArguments {
  const { features_path, out_root, track_id, run_id } = call;
  const { config_hash, db_path, db_hash, probe_kwargs } = call;
  const contract = {
    ...{ features_path, out_root, track_id, run_id },
    ...{ config_hash, db_path, db_hash, probe_kwargs },
  };
  refuseClash(call.runner_kwargs, contract);
  return contract;
}

/** The arguments of a module: the whole call, and each member of `runner_kwargs` beside it. */
export function moduleArguments(call: RunnerCall): RunnerCall & JsonObject {
  refuseClash(call.runner_kwargs, call);
  const withNumbers = callWithNumbers(call);
  return Object.assign({ ...withNumbers }, withNumbers.runner_kwargs);
}

/** The call for JavaScript, which has only numbers. An integer that no number holds exactly is refused. */
export function callWithNumbers(call: RunnerCall): RunnerCall {
  const probe_kwargs = withNumbers(call.probe_kwargs, 'probe');
  const runner_kwargs = withNumbers(call.runner_kwargs, 'runner_kwargs');
  return { ...call, probe_kwargs, runner_kwargs };
}

/** Refuses at acceptance what `callWithNumbers` could not convert. @throws CabError runner_args_invalid */
export function refuseLostIntegers(input: Pick<RunnerInput, 'probe' | 'runner_kwargs'>): void {
  withNumbers(input.probe, 'probe');
  withNumbers(input.runner_kwargs, 'runner_kwargs');
}

const withNumbers = (object: JsonObject, field: string): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, json]) => [name, numbersIn(json, `${field}.${name}`)]),
  );

function numbersIn(json: Json, field: string): Json {
  if (typeof json === 'bigint') return numberOf(json, field);
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((item, index) => numbersIn(item, `${field}.${index}`));
  return withNumbers(json, field);
}

function numberOf(integer: bigint, field: string): number {
  const number = Number(integer);
  if (Number.isFinite(number) && BigInt(number) === integer) return number;
  throw new CabError(
    'runner_args_invalid',
    `${field}: ${integer} cannot be handed to JavaScript, whose numbers do not hold it`,
    {
      hint: 'Give it as text, in quotes of JSON, and let the runner read it with BigInt.',
      details: { field },
    },
  );
}

/**
 * Refuses a member of `runner_kwargs` with the name of an argument. It could replace the input's path or the key, and
 * the result would be wrong.
 */
function refuseClash(runner_kwargs: JsonObject, taken: object): void {
  for (const name of Object.keys(runner_kwargs))
    if (Object.hasOwn(taken, name))
      throw new CabError(
        'invalid_request',
        `runner_kwargs.${name}: the call has an argument of that name`,
        { details: { field: `runner_kwargs.${name}` } },
      );
}
