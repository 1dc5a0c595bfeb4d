import { claimsBeside } from '../fixtures/claims-beside.js';

export default {
  name: 'pg-ended',
  what: 'one claim and settlement beside jobs that have ended, and without them',
  unit: 'ms',
  goals: [{ atMost: 1.2, times: 'alone' }],
  sizes: { ended: 1_000_000, claims: 200 },
  smoke: { ended: 500, claims: 10 },
  rounds: 3,
  takes: 600,

  setUp: (context) => claimsBeside(context, (queue) => queue.end(context.sizes.ended)),
};
