import { servedEntry } from '../fixtures/served-entry.js';
import { wrk } from '../peers/wrk.js';

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
    const { sizes } = context;
    const { cab, nginx } = await servedEntry(context);
    const rateAt = async (url) => (await wrk({ ...sizes, url })).bytesPerSecond / 1e9;
    return { cab: () => rateAt(cab.url), nginx: () => rateAt(nginx.url) };
  },
};
