import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { featuresText } from '../fixtures/features-file.js';
import { seeded } from '../fixtures/seeded.js';
import { fromSource } from '../peers/from-source.js';
import { startPythonHash } from '../peers/python-hash.js';

export default {
  name: 'canonical-hash',
  what: 'canonical hash of features as Python prints them, beside json and hashlib; both hold the bytes in memory',
  unit: 'MB/s',
  goals: [{ atLeast: 2, times: 'Python' }],
  bound: 'one core: every byte looked at, and SHA-256',
  needs: ['python3'],
  sizes: { megabytes: 40 },
  smoke: { megabytes: 2 },
  takes: 25,

  async setUp(context) {
    const { sizes, dir } = context;
    const { sourceHashOfJson } = await fromSource(context, 'core/hashing/json/canonical-json');
    const bytes = Buffer.from(featuresText(sizes.megabytes * 1e6, seeded(20)));
    const path = join(dir, 'features.json');
    await writeFile(path, bytes);
    const askPython = startPythonHash(context, path);
    const { digest: expected } = await askPython();
    const rate = (seconds) => bytes.length / 1e6 / seconds;
    return {
      cab: async () => {
        const begun = performance.now();
        const digest = sourceHashOfJson(bytes);
        const seconds = (performance.now() - begun) / 1000;
        if (digest !== expected) throw new Error(`cab says ${digest}, Python ${expected}`);
        return rate(seconds);
      },
      Python: async () => rate((await askPython()).seconds),
    };
  },
};
