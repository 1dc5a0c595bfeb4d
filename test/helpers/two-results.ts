import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { layoutOf, type Layout } from '../../src/stores/local/layout.ts';
import { scriptedBroker } from './scripted-broker.ts';
import { ScriptedRunner } from './scripted-runner.ts';

export interface TwoResults {
  readonly layout: Layout;
  /** Of the second result, which has a further file. */
  readonly entry: string;
  readonly pointer: string;
  readonly artifact: string;
  readonly manifest: string;
  readonly further: string;
}

/** A root with a track that has had two results. */
export async function twoResults(root: string): Promise<TwoResults> {
  const layout = layoutOf(root);
  const runner = new ScriptedRunner();
  const broker = scriptedBroker(root, runner);
  const done = async (features_text: string) =>
    broker.wait((await broker.submit({ features_text, track_id: 'song' })).job_id);
  await done('[1]');
  runner.behave = async ({ artifact_path }) => {
    const dir = join(artifact_path, '..');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'curve.csv'), '1,2,3\n');
    return undefined;
  };
  const entry = layout.entry(await done('[2]'));
  await broker.close();
  return {
    layout,
    entry,
    pointer: layout.pointer('song'),
    artifact: join(entry, 'historical_echo.json'),
    manifest: join(entry, 'manifest.json'),
    further: join(entry, 'curve.csv'),
  };
}

/** Changes one bit; size stays. */
export function flip(file: string, at = 3): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  chmodSync(file, 0o644);
  writeFileSync(file, bytes);
}
