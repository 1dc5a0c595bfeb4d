import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFolder } from '../fixtures/folder.js';
import { endlessRunner } from '../fixtures/runners.js';
import { startDaemon } from '../peers/cab.js';
import { until } from '../until.js';

export default {
  name: 'watch-known',
  what: 'a start of a daemon that watches a folder whose files it knows, and five seconds of watching',
  unit: { 'cpu time': 's', memory: 'MB' },
  goals: [],
  bound: 'a look at each file',
  sizes: { files: 5_000 },
  smoke: { files: 100 },
  rounds: 1,
  takes: 30,

  async setUp(context) {
    const { sizes, dir } = context;
    const inbox = join(dir, 'inbox');
    mkdirSync(inbox);
    writeFolder(join(inbox, 'songs'), sizes.files);
    const args = ['--watch', inbox, '--runner', endlessRunner(dir), '--concurrency', '1'];
    const start = () => startDaemon(context, join(dir, 'root'), [...args, '--grace', '1s']);
    const before = await start();
    await until('all files are submitted', () => isSubmitted(before, sizes.files), {
      seconds: 300,
    });
    await before.stop();
    const daemon = await start();
    await delay(5000);
    return {
      'cpu time': async () => cpuSeconds(daemon.pid),
      memory: async () => daemon.residentMegabytes(),
    };
  },
};

async function isSubmitted(daemon, files) {
  return (await daemon.jobsIn('pending')) + (await daemon.jobsIn('running')) >= files;
}

/** User and system time; the kernel counts in hundredths. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
