import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withPins } from '../../../src/compose/upkeep/pin-entries.ts';
import { CollectedRoot } from '../../helpers/collected-root.ts';
import { age, collect } from '../../helpers/collection.ts';
import { fileNames } from '../../helpers/file-names.ts';

const at = new CollectedRoot();

it('brings an entry back that is named by the key that was predicted for it', async () => {
  const led = { config_hash: 'elsewhere', source_hash: 'led' };
  const { key } = await at.broker.explain({ features_text: '"a"' });
  at.runner.publishUnder = led;
  const job = await at.done('a');
  age(at.root);
  // A collection that comes to its end forgets the predicted keys of what it took.
  const stop = new AbortController();
  const collected = collect(at.root, {
    signal: stop.signal,
    onProgress: ({ step, done }) => {
      if (step === 'removing entries' && done > 0) stop.abort(new Error('stopped'));
    },
  });
  await expect(collected).rejects.toThrow('stopped');
  expect(existsSync(at.place(job))).toBe(false);
  const named = `${key.config_hash}/${key.source_hash}`;
  const restored = await withPins({ root: at.root, ...fileNames }, (pinning) =>
    pinning.restore(named),
  );
  expect(restored).toEqual({ key: led, restored: true });
  expect(existsSync(at.place(job))).toBe(true);
});
