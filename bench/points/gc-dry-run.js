import { tree } from '../fixtures/tree.js';
import { measureCommand, needCommand, secondsOfShell } from '../peers/maintenance.js';

export default {
  name: 'gc-dry-run',
  what: 'gc --dry-run over many entries, beside find that tells names, sizes and times of all files',
  unit: { cab: 's', find: 's', 'find, names alone': 's' },
  goals: [{ atMost: 2, times: 'find' }],
  bound: 'a look at each directory, and at each file in it',
  needs: ['find'],
  sizes: { entries: 200_000 },
  smoke: { entries: 2_000 },
  rounds: 3,
  takes: 120,

  async setUp(context) {
    await needCommand('gc');
    const root = await tree(context, context.sizes.entries);
    return {
      cab: async () => (await measureCommand(root, ['gc', '--dry-run'])).seconds,
      find: () => secondsOfShell("find echo -printf '%p %s %T@\\n'", root),
      'find, names alone': () => secondsOfShell('find echo', root),
    };
  },
};
