/** A daemon that does nothing but hold the daemon's file: claims it when told to, lets go when its input ends. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { CabError } from '../../src/core/model/errors.ts';
import { claimDaemon } from '../../src/daemon/daemon-file.ts';

const [root = ''] = process.argv.slice(2);
const say = (answer: object): number => writeSync(1, `${JSON.stringify(answer)}\n`);

say({ said: 'ready' });
await once(process.stdin, 'data');
try {
  const claim = await claimDaemon(root, {
    version: 'test',
    runner: 'historical-echo',
    artifact_name: 'artifact.json',
    manifest_name: 'manifest.json',
  });
  await claim.publish({ url: `http://127.0.0.1:${process.pid % 60_000}`, socket: null });
  say({ said: 'won' });
  await once(process.stdin, 'end');
  await claim.release();
} catch (error) {
  if (!(error instanceof CabError)) throw error;
  say({ said: 'lost', code: error.code, message: error.message, holder: error.details['pid'] });
}
process.exit();
