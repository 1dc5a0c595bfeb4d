import { downloadRates, servedEntry } from '../fixtures/served-entry.js';

export default {
  name: 'get-200m-one',
  what: 'one download of a 200 MB artifact at a time, by one client',
  unit: 'GB/s',
  goals: [{ atLeast: 0.5, times: 'nginx' }],
  bound: 'one core hashes what it sends and copies it; nginx uses sendfile and hashes nothing',
  needs: ['nginx', 'wrk'],
  sizes: { bytes: 200_000_000, connections: 1, seconds: 4 },
  smoke: { bytes: 20_000_000, seconds: 1 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    return downloadRates(context.sizes, await servedEntry(context));
  },
};
