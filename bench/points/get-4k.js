import { servedEntry } from '../fixtures/served-entry.js';
import { wrk } from '../peers/wrk.js';

export default {
  name: 'get-4k',
  what: 'GET of a 4 KiB artifact, hot',
  unit: '/s',
  goals: [{ atLeast: 0.5, times: 'nginx' }],
  bound: 'one core: HTTP in JavaScript',
  needs: ['nginx', 'wrk'],
  sizes: { bytes: 4096, connections: 32, seconds: 4 },
  smoke: { seconds: 1 },
  rounds: 3,
  takes: 26,

  async setUp(context) {
    const { cab, nginx } = await servedEntry(context);
    const rateAt = async (url) => (await wrk({ ...context.sizes, url })).rate;
    return { cab: () => rateAt(cab.url), nginx: () => rateAt(nginx.url) };
  },
};
