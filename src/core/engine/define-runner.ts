import type { JsonObject } from '../model/job.ts';
import type { Runner, RunnerCall, RunnerContext, RunnerInput, RunnerResult } from './runner.ts';

/** What an embedding program must say of its runner, and what it may. */
export interface RunnerDefinition {
  /** Part of the key: the same on every machine. */
  readonly name: string;
  /** Part of the key: another one wherever results may differ. */
  readonly version: string;
  /**
   * Computes the artifact: writes `call.artifact_path` and answers nothing, or answers where it wrote. Must stop
   * when `context.signal` is aborted. May be called again for the same work.
   */
  readonly run: (
    call: RunnerCall,
    context: RunnerContext,
  ) => Promise<Partial<RunnerResult> | undefined> | Promise<void>;
  /** `json` where the runner reads nothing else; `any` where not given. */
  readonly inputFormat?: 'json' | 'any';
  readonly artifactSchema?: string;
  readonly manifestSchema?: string;
  /** Arguments that apply where a job does not give them. */
  readonly defaults?: JsonObject;
  /** Throws a CabError of kind `input` for what can never succeed. */
  readonly accept?: (input: RunnerInput) => Promise<void> | void;
  readonly volatileFields?: readonly string[];
  readonly close?: () => Promise<void> | void;
}

/** A runner object of an embedding program; runs in the program's own process. */
export function defineRunner(definition: RunnerDefinition): Runner {
  const { name, version, artifactSchema = null, manifestSchema = null, defaults = {} } = definition;
  return {
    inputFormat: definition.inputFormat ?? 'any',
    volatileFields: definition.volatileFields ?? [],
    identify: () => Promise.resolve({ name, version, artifactSchema, manifestSchema }),
    configure: (probe) => ({ ...defaults, ...probe }),
    accept: async (input) => definition.accept?.(input),
    async run(call, context) {
      const configured = { ...call, probe_kwargs: { ...defaults, ...call.probe_kwargs } };
      const answer = await definition.run(configured, context);
      return {
        artifact: answer?.artifact ?? call.artifact_path,
        manifest: answer?.manifest ?? null,
      };
    },
    close: async () => definition.close?.(),
  };
}
