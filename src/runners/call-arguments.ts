import { CabError } from '../core/errors.ts';
import type { RunnerCall } from '../core/engine/runner.ts';
import type { JsonObject } from '../core/model/job.ts';

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

/** What a Python callable gets, `runner_kwargs` apart. */
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

/** What a module gets: the whole call, and every entry of `runner_kwargs` beside it. */
export function moduleArguments(call: RunnerCall): RunnerCall & JsonObject {
  refuseClash(call.runner_kwargs, call);
  return Object.assign({ ...call }, call.runner_kwargs);
}

/** An entry that shadowed the input's path or the key would make the result a lie. */
function refuseClash(runner_kwargs: JsonObject, taken: object): void {
  for (const name of Object.keys(runner_kwargs))
    if (Object.hasOwn(taken, name))
      throw new CabError(
        'invalid_request',
        `runner_kwargs.${name}: the call has an argument of that name`,
        { details: { field: `runner_kwargs.${name}` } },
      );
}
