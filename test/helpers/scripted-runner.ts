import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type {
  Runner,
  RunnerCall,
  RunnerContext,
  RunnerInput,
  RunnerResult,
} from '../../src/core/ports/runner.ts';
import type { RunnerIdentity } from '../../src/core/model/runner/runner-identity.ts';
import { CabError } from '../../src/core/model/errors.ts';
import type { InputFormat } from '../../src/core/model/runner/runner-identity.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { JsonObject } from '../../src/core/model/job/job.ts';

type Behaviour = (
  call: RunnerCall,
  context: RunnerContext,
) => Promise<RunnerResult | undefined> | undefined;

/** A real runner whose artifact is `computed from <input>`, unless the test says otherwise. */
export class ScriptedRunner implements Runner {
  inputFormat: InputFormat = 'json';
  volatileFields: readonly string[] = [];
  /** Calls begun. */
  calls = 0;
  /** Inputs, in the order in which they came. */
  readonly seen: string[] = [];
  text: string | undefined;
  publishUnder: EntryKey | undefined;
  /** What happens before the artifact is written; a result ends the call. */
  behave: Behaviour = () => undefined;
  #gate: Promise<void> = Promise.resolve();

  identify(): Promise<RunnerIdentity> {
    return Promise.resolve({
      name: 'scripted',
      version: '1',
      artifactSchema: null,
      manifestSchema: null,
      inputFormat: this.inputFormat,
      artifactName: 'historical_echo.json',
    });
  }

  configure(probe: JsonObject): JsonObject {
    if ('unknown' in probe) throw new CabError('probe_invalid', 'probe.unknown: no such argument');
    return probe;
  }

  accept({ features, features_path }: RunnerInput): Promise<void> {
    if (features !== null && Buffer.from(features).includes('refuse'))
      return Promise.reject(new CabError('axes_missing', `${features_path}: refused`));
    return Promise.resolve();
  }

  async run(call: RunnerCall, context: RunnerContext): Promise<RunnerResult> {
    this.calls += 1;
    const input = await readFile(call.features_path, 'utf8');
    this.seen.push(input);
    await this.#gate;
    const answer = await this.behave(call, context);
    if (answer !== undefined) return answer;
    const own = this.publishUnder;
    const artifact =
      own === undefined
        ? call.artifact_path
        : join(call.out_root, 'echo', own.config_hash, own.source_hash, 'historical_echo.json');
    await mkdir(dirname(artifact), { recursive: true });
    await writeFile(artifact, this.text ?? `computed from ${input}`);
    return { artifact, manifest: null };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Calls wait at the gate until it is opened. */
  hold(): { open: () => void } {
    let open = (): void => undefined;
    this.#gate = new Promise((resolve) => (open = resolve));
    return { open };
  }

  readonly untilAborted: Behaviour = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      const stop = (): void => reject(signal.reason as Error);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
}
