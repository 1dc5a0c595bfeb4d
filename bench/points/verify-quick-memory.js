import { tree } from '../fixtures/tree.js';
import { measureCommand, needCommand } from '../peers/maintenance.js';

export default {
  name: 'verify-quick-memory',
  what: 'memory of verify --quick over many entries; over a million: --set verify-quick-memory.entries=1000000',
  unit: { cab: 'MB', time: 's' },
  goals: [{ atMost: 250 }],
  bound: 'what is known of an entry until it was looked at',
  sizes: { entries: 200_000 },
  smoke: { entries: 2_000 },
  rounds: 1,
  takes: 40,

  async setUp(context) {
    await needCommand('verify');
    const root = await tree(context, context.sizes.entries);
    let seconds;
    return {
      cab: async () => {
        const measured = await measureCommand(root, ['verify', '--quick']);
        seconds = measured.seconds;
        return measured.megabytes;
      },
      time: async () => seconds,
    };
  },
};
