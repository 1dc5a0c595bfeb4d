import { runFiles } from '../../core/model/command/run-record.ts';
import { plainRunner } from '../runner-options.ts';

/** What a job's configuration says; every other command is another runner's. */
export const commandRunnerName = 'command';

/** What all runners of commands have in common: the same command has the same key, wherever it was submitted. */
export const commandTraits = {
  ...plainRunner,
  volatileFields: ['wall_ms', 'cpu_ms', 'log'],
  async identify() {
    const schemas = { artifactSchema: 'cab_run.v1', manifestSchema: null };
    const shape = { artifactName: runFiles.record, inputFormat: 'json' as const };
    return { name: commandRunnerName, version: '1', ...schemas, ...shape };
  },
} as const;
