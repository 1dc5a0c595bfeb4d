/** A watcher in a process of its own, for tests that kill it. Says `ready`, then watches until it is killed. */
import { writeSync } from 'node:fs';
import { brokerOnRoot } from '../../src/compose/stores/broker-on-root.ts';
import { watchFolder } from '../../src/compose/watch-folder.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { brokerOptions } from './broker-options.ts';

const [root = '', folder = '', seenFile = ''] = process.argv.slice(2);

const say = (...words: string[]): number => writeSync(1, `${words.join(' ')}\n`);

const watcher = await watchFolder({
  broker: brokerOnRoot({ ...brokerOptions(root, new ScriptedRunner()), work: 'adopt' }),
  folder,
  seenFile,
  settleMs: 50,
  onEvent: ({ type, path }) => say(type, path),
});
say('ready');
await watcher.ended;
