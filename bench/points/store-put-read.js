import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fromSource } from '../peers/from-source.js';
import {
  artifact,
  contentOf,
  digestOf,
  keyOf,
  manifestOf,
  names,
  rateOf,
} from '../fixtures/small-entries.js';
import { peerPackage } from '../peers/packages.js';

export default {
  name: 'store-put-read',
  what: 'put and verified read of 4 KiB entries through the library, beside cacache, which flushes nothing',
  unit: '/s',
  goals: [{ atLeast: 1, times: 'cacache' }],
  bound: 'four flushes an entry; cacache has none',
  sizes: { entries: 10_000, bytes: 4096, at_once: 32 },
  smoke: { entries: 200 },
  rounds: 1,
  takes: 60,

  async setUp(context) {
    const { sizes, dir } = context;
    const { FsEntryStore, FsWorkspace, layoutOf } = await fromSource(
      context,
      'stores/local/entries/fs-entry-store',
      'stores/local/staging/fs-workspace',
      'stores/local/layout',
    );
    const cacache = await peerPackage('cacache');
    const contents = Array.from({ length: sizes.entries }, (_, n) => contentOf(n, sizes.bytes));
    let round = 0;
    const fresh = (name) => join(dir, `${name}-${(round += 1)}`);
    return {
      cab: () => {
        const layout = layoutOf(fresh('root'));
        const root = {
          store: new FsEntryStore(layout, names),
          workspace: new FsWorkspace(layout, () => undefined),
        };
        return rateOf(contents, sizes.at_once, (content, n) => putAndRead(root, content, n));
      },
      cacache: () => {
        const cache = fresh('cacache');
        return rateOf(contents, sizes.at_once, async (content, n) => {
          const digest = digestOf(content);
          await cacache.put(cache, `entry-${n}`, content, { algorithms: ['sha256'] });
          same(digest, (await cacache.get(cache, `entry-${n}`)).data);
        });
      },
    };
  },
};

/** As the engine publishes what a runner wrote, and as a reader opens it. */
async function putAndRead({ store, workspace }, content, n) {
  const digest = digestOf(content);
  const staging = await workspace.stage(`job-${n}`, 1);
  const key = keyOf(digest);
  const manifest = manifestOf(key, digest, content.length);
  writeFileSync(join(staging.dir, artifact), content);
  writeFileSync(join(staging.dir, 'manifest.json'), JSON.stringify(manifest));
  await store.publish({ key, dir: staging.dir, artifact, manifestName: 'manifest.json', manifest });
  same(digest, await buffer((await store.open(key, artifact)).stream()));
}

function same(digest, bytes) {
  if (digestOf(bytes) !== digest) throw new Error('other bytes came back');
}
