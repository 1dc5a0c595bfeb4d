import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { layoutOf } from '../../../../src/stores/local/layout.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

it('lists a track whose entry has a damaged manifest, beside the others', async () => {
  const root = await tempDir();
  const broker = scriptedBroker(root, new ScriptedRunner());
  for (const track_id of ['damaged', 'sound'])
    await broker.submit({ features_text: JSON.stringify(track_id), track_id });
  await broker.idle();
  const before = await broker.tracks();
  const manifest = join(layoutOf(root).entry(await broker.pointer('damaged')), 'manifest.json');
  await chmod(manifest, 0o644);
  await writeFile(manifest, '{"schema_id":');
  expect(before.tracks.map(({ track_id }) => track_id)).toEqual(['damaged', 'sound']);
  expect(await broker.tracks()).toEqual(before);
  await broker.close();
});
