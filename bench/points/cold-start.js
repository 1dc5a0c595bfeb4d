import { execa } from 'execa';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cab, program, project, quietEnvironment } from '../peers/cab.js';

const node = 'node -e 0';

export default {
  name: 'cold-start',
  what: 'whole processes, beside a Node that does nothing',
  unit: 'ms',
  goals: [
    { of: 'cab status', atMost: 2, times: node },
    { of: 'cab get', atMost: 2, times: node },
    { of: 'cab submit --wait (hit)', atMost: 2.3, times: node },
  ],
  bound: 'code to load: SQLite, zod, oclif',
  needs: ['hyperfine'],
  sizes: { runs: 10 },
  smoke: { runs: 3 },
  takes: 20,

  async setUp({ sizes, dir }) {
    const features = { tempo: 120, energy: 0.5, valence: 0.5, loudness: -7 };
    await writeFile(join(dir, 'song.json'), JSON.stringify(features));
    const submit = ['submit', '--wait', 'song.json', '--db', join(project, 'examples', 'spine.db')];
    await cab(submit, { cwd: dir });
    const commands = {
      [node]: ['-e', '0'],
      'cab status': [program, 'status'],
      'cab get': [program, 'get', 'song'],
      'cab submit --wait (hit)': [program, ...submit],
    };
    return Object.fromEntries(
      Object.entries(commands).map(([name, args]) => [
        name,
        () => medianStart(args, sizes.runs, dir),
      ]),
    );
  },
};

async function medianStart(args, runs, cwd) {
  const times = join(cwd, 'times.json');
  const line = ['node', ...args].map((word) => `'${word}'`).join(' ');
  const counts = ['--warmup', '1', '--runs', String(runs)];
  await execa('hyperfine', ['-N', ...counts, '--export-json', times, line], {
    cwd,
    env: quietEnvironment,
    extendEnv: false,
  });
  const { results } = JSON.parse(await readFile(times, 'utf8'));
  return results[0].median * 1000;
}
