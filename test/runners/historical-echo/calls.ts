import { join } from 'node:path';
import type { RunnerCall, RunnerContext } from '../../../src/core/ports/runner.ts';

/** A call whose output goes to `folder/out`. */
export function callFor(
  folder: string,
  given: Pick<RunnerCall, 'features_path' | 'db_path'> & Partial<RunnerCall>,
): RunnerCall {
  const out_root = join(folder, 'out');
  const entry = join(out_root, 'echo', 'c'.repeat(64), 's'.repeat(64));
  return {
    out_root,
    track_id: null,
    run_id: 'run-1',
    source_hash: 's'.repeat(64),
    config_hash: 'c'.repeat(64),
    db_hash: 'd'.repeat(64),
    probe_kwargs: {},
    runner_kwargs: {},
    artifact_path: join(entry, 'historical_echo.json'),
    manifest_path: join(entry, 'manifest.json'),
    ...given,
  };
}

/** A context that nobody listens to, but for what is given. */
export const quietContext = (given: Partial<RunnerContext> = {}): RunnerContext => ({
  signal: new AbortController().signal,
  log: () => undefined,
  progress: () => undefined,
  ...given,
});
