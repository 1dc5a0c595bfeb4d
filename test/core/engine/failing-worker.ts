/** Closes a broker of a long grace while its worker fails, and has nothing left to do then. */
import Sqlite from 'better-sqlite3';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';

const [root = ''] = process.argv.slice(2);
const failures: string[] = [];
const silent = (): void => undefined;
const logger = {
  ...{ debug: silent, info: silent, warn: silent },
  error: (_about: object, message = ''): void => void failures.push(message),
};
const open = () =>
  scriptedBroker(root, new ScriptedRunner(), {
    ...{ work: 'all', graceMs: 1 << 30, logger },
  });
const first = open();
await first.start();
await first.close();
// What a worker looks for first.
new Sqlite(layoutOf(root).jobs).exec('DROP TABLE jobs').close();
const broker = open();
await broker.start();
await broker.close();
console.log(failures.join());
