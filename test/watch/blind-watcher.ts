/**
 * Watches a folder that holds early.features.json; once that is done, has `early` touched or `late` come in while no
 * descriptor is left to read it with, until a warning says so. Says all that happens. Run it with few descriptors.
 */
import { closeSync } from 'node:fs';
import { rename, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { brokerOnRoot } from '../../src/compose/stores/broker-on-root.ts';
import type { HintOptions } from '../../src/watch/events/hints.ts';
import { watchFolder } from '../../src/compose/watch-folder.ts';
import { allDescriptors } from '../helpers/descriptors.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { until } from '../helpers/until.ts';
import { brokerOptions } from './broker-options.ts';

const [root = '', folder = '', seenFile = '', which = ''] = process.argv.slice(2);
const file = join(folder, `${which}.features.json`);

const broker = brokerOnRoot(brokerOptions(root, new ScriptedRunner()));
const said: string[] = [];
let hints: HintOptions | undefined;
let taken: number[] = [];
const watcher = await watchFolder({
  broker,
  folder,
  seenFile,
  settleMs: 50,
  rescanMs: 3_600_000,
  // A real one would open the folder to see what came.
  openHints: async (options) => {
    hints = options;
    return { close: async () => undefined };
  },
  onEvent: (event) => {
    said.push(event.type === 'warning' ? `${event.type} ${event.message}` : event.type);
    if (event.type === 'warning') for (const descriptor of taken.splice(0)) closeSync(descriptor);
  },
});
const quiet = async (): Promise<boolean> => {
  const { waiting, running } = await watcher.status();
  return waiting + running === 0;
};
// Whatever is opened once and kept is open by then.
await until(async () => said.includes('done') && (await quiet()));
taken = allDescriptors();
if (which === 'early') await utimes(file, 1, 1);
else await rename(join(dirname(folder), which), file);
hints?.onPath(file);
const settled = until(async () => taken.length === 0 && (await quiet()));
await Promise.race([watcher.ended, settled]).catch((error: unknown) => said.push(String(error)));
console.log(said.join('\n'));
await watcher.close();
await broker.close();
