import type { RunnerIdentity } from '../../core/model/runner/runner-identity.ts';

/** The runner's identity, in a file of its own, so that knowing it loads nothing that reads a spine. */
export const historicalEcho = {
  name: 'historical_echo_runner',
  version: '1',
  artifactSchema: 'historical_echo.v1',
  manifestSchema: 'historical_echo_manifest.v1',
  inputFormat: 'json',
  artifactName: 'historical_echo.json',
} as const satisfies RunnerIdentity;

export const volatileFields = ['generated_at', 'run_id', 'track_id'] as const;
