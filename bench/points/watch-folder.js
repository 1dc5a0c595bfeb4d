import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { writeFolder } from '../fixtures/folder.js';
import { trivialRunner } from '../fixtures/runners.js';
import { cab, startDaemon } from '../peers/cab.js';
import { until } from '../until.js';

const one = 'one submit';

export default {
  name: 'watch-folder',
  what: 'files that appear in a watched folder until all are done, beside submitting them in one command',
  unit: 's',
  goals: [{ atMost: 1.5, times: one }],
  bound: 'the jobs themselves; a file must hold still before it counts',
  sizes: { files: 10_000 },
  smoke: { files: 100 },
  rounds: 1,
  takes: 80,

  async setUp(context) {
    const { sizes, dir } = context;
    const runner = trivialRunner(dir);
    let round = 0;
    const fresh = () => {
      const room = join(dir, String((round += 1)));
      mkdirSync(room);
      writeFolder(join(room, 'songs'), sizes.files);
      return room;
    };
    return {
      cab: () => watched(context, runner, fresh()),
      [one]: async () => {
        const room = fresh();
        const args = ['submit', 'songs/*/*.json', '--runner', runner, '--cas-root', 'root'];
        return secondsOf(() => cab(args, { cwd: room, stdout: 'ignore', stderr: 'ignore' }));
      },
    };
  },
};

/** The files appear all at once: their directory is renamed into the folder. */
async function watched(context, runner, room) {
  const inbox = join(room, 'inbox');
  mkdirSync(inbox);
  const args = ['--watch', inbox, '--runner', runner];
  const daemon = await startDaemon(context, join(room, 'root'), args);
  const seconds = await secondsOf(async () => {
    renameSync(join(room, 'songs'), join(inbox, 'songs'));
    const all = context.sizes.files;
    await until('all files are done', async () => (await daemon.jobsIn('done')) >= all, {
      seconds: 600,
      every: 100,
    });
  });
  await daemon.stop();
  return seconds;
}

async function secondsOf(work) {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}
