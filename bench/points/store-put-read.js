import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fromSource } from '../peers/from-source.js';
import { peerPackage } from '../peers/packages.js';

const artifact = 'artifact.json';

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
        const names = { artifactName: artifact, manifestName: 'manifest.json' };
        const root = {
          store: new FsEntryStore(layout, names),
          workspace: new FsWorkspace(layout, () => undefined),
        };
        return rateOf(contents, sizes.at_once, (content, n) => putAndRead(root, content, n));
      },
      cacache: () => {
        const cache = fresh('cacache');
        return rateOf(contents, sizes.at_once, async (content, n) => {
          const digest = createHash('sha256').update(content).digest('hex');
          await cacache.put(cache, `entry-${n}`, content, { algorithms: ['sha256'] });
          same(digest, (await cacache.get(cache, `entry-${n}`)).data);
        });
      },
    };
  },
};

/** As the engine publishes what a runner wrote, and as a reader opens it. */
async function putAndRead({ store, workspace }, content, n) {
  const digest = createHash('sha256').update(content).digest('hex');
  const staging = await workspace.stage(`job-${n}`, 1);
  const key = { config_hash: 'c'.repeat(64), source_hash: digest };
  const manifest = manifestOf(key, digest, content.length);
  writeFileSync(join(staging.dir, artifact), content);
  writeFileSync(join(staging.dir, 'manifest.json'), JSON.stringify(manifest));
  await store.publish({ key, dir: staging.dir, artifact, manifestName: 'manifest.json', manifest });
  same(digest, await buffer((await store.open(key, artifact)).stream()));
}

function manifestOf(key, digest, size) {
  return {
    artifact: { etag: digest, path: artifact, sha256: digest, size },
    ...key,
    files: [],
    runner: { runner_name: 'bench' },
    schema_id: 'bench',
  };
}

function same(digest, bytes) {
  if (createHash('sha256').update(bytes).digest('hex') !== digest)
    throw new Error('other bytes came back');
}

async function rateOf(contents, atOnce, one) {
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < contents.length) {
      const n = next;
      next += 1;
      await one(contents[n], n);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (contents.length * 1000) / (performance.now() - begun);
}

function contentOf(n, bytes) {
  const content = Buffer.alloc(bytes, 'x');
  content.write(`entry ${n} `);
  return content;
}
