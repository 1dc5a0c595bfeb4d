import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '../fixtures/seeded.js';
import { songText } from '../fixtures/song.js';
import { writeSpine } from '../fixtures/spine.js';
import { program, quietEnvironment } from '../peers/cab.js';

const node = 'node -e 0';

export default {
  name: 'many-files',
  what: 'one cab submit --wait of many new songs, each with its track, on a spine of 50,000 rows',
  unit: 'ms',
  goals: [{ atMost: 2500 }, { atMost: 20, times: node }],
  bound: 'two cores: the processor time of a job',
  sizes: { files: 1000, rows: 50_000 },
  smoke: { files: 20, rows: 2_000 },
  rounds: 3,
  takes: 40,

  async setUp({ sizes, dir }) {
    const random = seeded(sizes.files);
    const spine = join(dir, 'spine.db');
    writeSpine(spine, sizes.rows);
    let runs = 0;
    return {
      cab: async () => {
        const cwd = join(dir, `run-${(runs += 1)}`);
        mkdirSync(cwd);
        const names = Array.from({ length: sizes.files }, (_, n) => `song-${n}.features.json`);
        for (const name of names) writeFileSync(join(cwd, name), songText(random));
        const track = ['--track', '{stem}'];
        return timeOf([program, 'submit', ...names, '--db', spine, ...track, '--wait'], cwd);
      },
      [node]: async () => timeOf(['-e', '0'], dir),
    };
  },
};

/** Milliseconds of a process of Node from its start to its end. */
function timeOf(args, cwd) {
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd, env: quietEnvironment });
  if (status !== 0) throw new Error(`node ${args.slice(0, 2).join(' ')} failed: ${String(stderr)}`);
  return performance.now() - begun;
}
