/**
 * Runs a call with no descriptor left, and then with one more each time, until there are enough to start what runs it. Says
 * how each ended, and another when all are free again. Run it with few descriptors.
 */
import { closeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { rootError } from '../../src/support/files/io-error.ts';
import type { RunnerCall } from '../../src/core/ports/runner.ts';
import { CabError } from '../../src/core/model/errors.ts';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { allDescriptors } from '../helpers/descriptors.ts';

const [spec = '', cwd = '', root = ''] = process.argv.slice(2);
const runner = resolveRunner(spec, { cwd, killGraceMs: 200 });
// As a daemon does before its first job.
await runner.identify();
const outcomes: string[] = [];
for (let left = 0; outcomes.at(-1) !== 'done'; left += 1) {
  const call = await newCall(`few-${left}`);
  const taken = allDescriptors();
  for (const descriptor of taken.splice(0, left)) closeSync(descriptor);
  outcomes.push(await outcome(call));
  for (const descriptor of taken) closeSync(descriptor);
}
console.log(JSON.stringify([...outcomes, await outcome(await newCall('all'))]));
await runner.close();

/** A failure as the engine sees it, with whether it would try again. */
async function outcome(call: RunnerCall): Promise<string> {
  const { signal } = new AbortController();
  try {
    await runner.run(call, { signal, log: () => undefined, progress: () => undefined });
    return 'done';
  } catch (error) {
    const told = rootError(error, 'job');
    return told instanceof CabError && told.retry === 'outside'
      ? `retryable: ${told.message}`
      : String(told);
  }
}

async function newCall(name: string): Promise<RunnerCall> {
  const out_root = join(root, name);
  await mkdir(join(out_root, 'entry'), { recursive: true });
  return {
    ...{ features_path: '/dev/null', out_root, run_id: 'r', track_id: 't' },
    ...{ source_hash: 's', config_hash: 'c', db_path: null, db_hash: null },
    ...{ probe_kwargs: {}, runner_kwargs: {} },
    artifact_path: join(out_root, 'entry', 'artifact.json'),
    manifest_path: join(out_root, 'entry', 'manifest.json'),
  };
}
