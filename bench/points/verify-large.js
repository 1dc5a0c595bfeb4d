import { join } from 'node:path';
import { writeEntries } from '../fixtures/entries.js';
import { measureCommand, needCommand, secondsOfShell } from '../peers/maintenance.js';

export default {
  name: 'verify-large',
  what: 'verify of few large entries, beside openssl on two cores',
  unit: 'GB/s',
  goals: [{ atLeast: 0.9, times: 'openssl' }],
  bound: 'SHA-256 on two cores',
  needs: ['openssl', 'xargs', 'find'],
  sizes: { entries: 6, bytes: 250_000_000 },
  smoke: { entries: 2, bytes: 10_000_000 },
  rounds: 3,
  takes: 25,

  async setUp({ sizes, dir }) {
    await needCommand('verify');
    const root = join(dir, 'root');
    writeEntries(root, sizes.entries, sizes);
    const gigabytes = (sizes.entries * sizes.bytes) / 1e9;
    const openssl = "find echo -name '*echo.json' -print0 | xargs -0 -n1 -P2 openssl dgst -sha256";
    return {
      cab: async () => gigabytes / (await measureCommand(root, ['verify', '--jobs', '2'])).seconds,
      openssl: async () => gigabytes / (await secondsOfShell(openssl, root)),
    };
  },
};
