import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../fixtures/seeded.js';
import { songText } from '../fixtures/song.js';
import { writeSpine } from '../fixtures/spine.js';
import { program, quietEnvironment } from '../peers/cab.js';
import { readColumns } from '../peers/python-columns.js';
import { median } from '../statistics.js';

const node = 'node -e 0';

export default {
  name: 'cold-main-job',
  what: 'cab submit --wait of a new song, a process each, beside a Node that does nothing',
  unit: 'ms',
  goals: [
    { of: 'fewer rows', atMost: 2.5, times: node, what: 'a new song on a spine of 50,000 rows' },
    { of: 'more rows', atMost: 5, times: node, what: 'a new song on a spine of 1,000,000 rows' },
    {
      of: 'first, more rows',
      atMost: 3000,
      what: 'the first song on a spine of 1,000,000 rows, which reads it',
    },
  ],
  bound: 'code to load, as every start; then the flushes of one job',
  needs: ['python3'],
  sizes: { fewer: 50_000, more: 1_000_000, runs: 7 },
  smoke: { fewer: 2_000, more: 20_000, runs: 2 },
  rounds: 3,
  takes: 150,

  async setUp({ sizes, dir }) {
    const random = seeded(sizes.runs);
    const spines = {};
    for (const which of ['fewer', 'more']) {
      spines[which] = join(dir, `${which}.db`);
      writeSpine(spines[which], sizes[which]);
    }
    let roots = 0;
    const root = () => {
      const made = join(dir, `root-${(roots += 1)}`);
      mkdirSync(made);
      return made;
    };
    const song = (cwd, which) => {
      writeFileSync(join(cwd, 'foo.features.json'), songText(random));
      const args = [
        'submit',
        'foo.features.json',
        '--db',
        spines[which],
        '--track',
        'foo',
        '--wait',
      ];
      return timeOf(process.execPath, [program, ...args], cwd);
    };
    const cwd = root();
    for (const which of ['fewer', 'more']) song(cwd, which);
    const times = (measure) => async () => median(Array.from({ length: sizes.runs }, measure));
    const python = (which) => () => timeOf('python3', ['-c', readColumns, spines[which]], dir);
    return {
      [node]: times(() => timeOf(process.execPath, ['-e', '0'], dir)),
      'fewer rows': times(() => song(cwd, 'fewer')),
      'more rows': times(() => song(cwd, 'more')),
      // With a root of its own there are no columns yet, and the database is hashed as well.
      'first, fewer rows': async () => song(root(), 'fewer'),
      'first, more rows': async () => song(root(), 'more'),
      'Python reads the columns, fewer rows': async () => python('fewer')(),
      'Python reads the columns, more rows': async () => python('more')(),
    };
  },
};

/** Milliseconds of a process from its start to its end. */
function timeOf(command, args, cwd) {
  const begun = performance.now();
  const { status, stderr } = spawnSync(command, args, { cwd, env: quietEnvironment });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${String(stderr)}`);
  return performance.now() - begun;
}
