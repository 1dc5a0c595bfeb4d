import { servedEntry } from '../fixtures/served-entry.js';
import { wrk } from '../peers/wrk.js';

export default {
  name: 'get-304',
  what: '304 on the same, by If-None-Match, beside the GET of nginx',
  unit: '/s',
  goals: [{ atLeast: 0.5, times: 'nginx' }],
  bound: 'one core: HTTP in JavaScript',
  needs: ['nginx', 'wrk'],
  sizes: { bytes: 4096, connections: 32, seconds: 4 },
  smoke: { seconds: 1 },
  rounds: 3,
  takes: 26,

  async setUp(context) {
    const { sizes } = context;
    const { cab, nginx } = await servedEntry(context);
    const headers = { 'If-None-Match': await unchangedTag(cab.url) };
    return {
      cab: async () => (await wrk({ ...sizes, url: cab.url, headers })).rate,
      nginx: async () => (await wrk({ ...sizes, url: nginx.url })).rate,
    };
  },
};

/** The entity tag, once it has been seen to give a 304. */
async function unchangedTag(url) {
  const tag = (await fetch(url)).headers.get('etag');
  const { status } = await fetch(url, { headers: { 'If-None-Match': tag } });
  if (status !== 304) throw new Error(`If-None-Match: ${tag} gave ${status}, not 304`);
  return tag;
}
