import { join } from 'node:path';
import { grow } from '../fixtures/tree.js';
import { measureCommand, needCommand, secondsOfShell } from '../peers/maintenance.js';

export default {
  name: 'verify-small',
  what: 'verify of many small entries, both files of each, beside sha256sum on the artifacts alone',
  unit: '/s',
  goals: [{ atLeast: 0.333, times: 'sha256sum' }],
  bound: 'system calls of two files and a directory an entry',
  needs: ['sha256sum', 'xargs', 'find'],
  sizes: { entries: 30_000, bytes: 4096 },
  smoke: { entries: 1_000 },
  rounds: 3,
  takes: 45,

  async setUp({ sizes, dir }) {
    await needCommand('verify');
    const root = join(dir, 'root');
    await grow(root, 0, sizes.entries, sizes);
    const sums = "find echo -name '*echo.json' -print0 | xargs -0 -n500 -P2 sha256sum";
    return {
      cab: async () => sizes.entries / (await measureCommand(root, ['verify'])).seconds,
      sha256sum: async () => sizes.entries / (await secondsOfShell(sums, root)),
    };
  },
};
