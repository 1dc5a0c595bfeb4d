import { downloadRates, servedEntry } from '../fixtures/served-entry.js';

export default {
  name: 'get-200m',
  what: 'GET of a 200 MB artifact',
  unit: { cab: 'GB/s', nginx: 'GB/s', 'memory growth': 'MB' },
  goals: [
    { atLeast: 0.5, times: 'nginx' },
    {
      of: 'memory growth',
      atMost: 80,
      what: 'memory that this adds to the daemon at most',
      bound: 'read buffers of the connections',
    },
  ],
  bound: 'copies through user space; nginx uses sendfile',
  needs: ['nginx', 'wrk'],
  sizes: { bytes: 200_000_000, connections: 2, seconds: 4 },
  smoke: { bytes: 20_000_000, seconds: 1 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    const served = await servedEntry(context);
    const { daemon } = served;
    const before = daemon.residentMegabytes();
    return {
      ...downloadRates(context.sizes, served),
      'memory growth': () => Math.max(0, daemon.peakMegabytes() - before),
    };
  },
};
