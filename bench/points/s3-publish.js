import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  artifact,
  contentOf,
  digestOf,
  keyOf,
  manifestOf,
  names,
  rateOf,
} from '../fixtures/small-entries.js';
import { fromSource } from '../peers/from-source.js';
import { credentials, endpoint, freshPrefix, send } from '../peers/s3.js';

export default {
  name: 's3-publish',
  what: 'entries of 4 KiB into a bucket, beside a loop that sends the same two objects and nothing else',
  unit: '/s',
  goals: [{ atLeast: 0.8, times: 'bare loop' }],
  bound: 'a third request: whether the entry is there',
  sizes: { entries: 1500, bytes: 4096, at_once: 16 },
  smoke: { entries: 20 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    const { sizes, dir } = context;
    const parts = await fromSource(
      context,
      'stores/s3/connection/bucket',
      'stores/s3/connection/bucket-address',
      'stores/s3/connection/bucket-connection',
      'stores/s3/entries/s3-entry-store',
      'stores/local/fs-entry-cache',
      'stores/local/staging/fs-workspace',
      'stores/local/layout',
    );
    let round = 0;
    const prefix = async () => `${await freshPrefix()}/${(round += 1)}`;
    return {
      cab: async () => {
        const store = storeIn(parts, await prefix(), join(dir, `cache-${round}`));
        const staged = await Promise.all(
          Array.from({ length: sizes.entries }, (_, n) => stage(store.workspace, n, sizes.bytes)),
        );
        const rate = await rateOf(staged, sizes.at_once, (entry) => store.entries.publish(entry));
        await store.entries.close();
        return rate;
      },
      'bare loop': async () => {
        const at = (await prefix()).slice('s3:/'.length);
        const all = Array.from({ length: sizes.entries }, (_, n) => contentOf(n, sizes.bytes));
        return rateOf(all, sizes.at_once, async (content, n) => {
          const digest = digestOf(content);
          const once = { 'if-none-match': '*' };
          await send('PUT', `${at}/echo/c/${digest}/${artifact}`, content, once);
          const manifest = JSON.stringify(manifestOf({ n }, digest, content.length));
          await send('PUT', `${at}/echo/c/${digest}/manifest.json`, manifest, once);
        });
      },
    };
  },
};

function storeIn(parts, url, directory) {
  const address = parts.bucketAddress(url, { endpoint, region: 'us-east-1' });
  const options = { address, credentials, waitMs: 30_000, pausesMs: [100, 500] };
  const bucket = new parts.Bucket(new parts.BucketConnection(options));
  const cache = new parts.FsEntryCache({ ...names, directory, bytes: 2 ** 30 });
  const { workspace } = cache;
  const entries = new parts.S3EntryStore({ ...names, bucket, cache, workspace });
  const root = parts.layoutOf(`${directory}-root`);
  return { entries, workspace: new parts.FsWorkspace(root, () => undefined) };
}

async function stage(workspace, n, bytes) {
  const content = contentOf(n, bytes);
  const digest = digestOf(content);
  const { dir } = await workspace.stage(`job-${n}`, 1);
  const key = keyOf(digest);
  const manifest = manifestOf(key, digest, bytes);
  writeFileSync(join(dir, artifact), content);
  writeFileSync(join(dir, 'manifest.json'), JSON.stringify(manifest));
  return { key, dir, artifact, manifestName: 'manifest.json', manifest };
}
