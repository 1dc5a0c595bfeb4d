import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunnerCall } from '../core/ports/runner.ts';

type Places = Pick<RunnerCall, 'out_root' | 'artifact_path' | 'manifest_path'>;

/**
 * The call, whose directories are made when the runner first asks for one of their paths. Few that return values do.
 * @param signal once it is aborted, nobody waits for the call, and nothing is made
 */
export function withPlaces<T extends Places>(call: T, signal: AbortSignal): T {
  let isMade = false;
  const place = (path: string) => ({
    enumerable: true,
    get: (): string => {
      if (!isMade) signal.throwIfAborted();
      if (!isMade) mkdirSync(dirname(call.artifact_path), { recursive: true });
      isMade = true;
      return path;
    },
  });
  const { out_root, artifact_path, manifest_path } = call;
  return Object.defineProperties(
    { ...call },
    {
      out_root: place(out_root),
      artifact_path: place(artifact_path),
      manifest_path: place(manifest_path),
    },
  );
}
