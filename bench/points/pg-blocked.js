import { claimsBeside } from '../fixtures/claims-beside.js';

export default {
  name: 'pg-blocked',
  what: 'one claim and settlement beside jobs that wait for a key that runs, and without them',
  unit: 'ms',
  goals: [{ atMost: 1.2, times: 'alone' }],
  sizes: { blocked: 100_000, claims: 200 },
  smoke: { blocked: 500, claims: 10 },
  rounds: 3,
  takes: 60,

  setUp: (context) => claimsBeside(context, (queue) => queue.block(context.sizes.blocked)),
};
