// Passes connections on: `node relay.mjs FROM=TO …`, each a port on loopback or the path of a Unix socket. A Unix socket leads from
// one network namespace into another.
import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';

const placeOf = (text) =>
  /^\d+$/.test(text) ? { host: '127.0.0.1', port: Number(text) } : { path: text };

for (const pair of process.argv.slice(2)) {
  const [from, to] = pair.split('=').map(placeOf);
  if (from.path !== undefined) rmSync(from.path, { force: true });
  createServer((client) => {
    const target = connect(to);
    client.on('error', () => target.destroy()).pipe(target);
    target.on('error', () => client.destroy()).pipe(client);
  }).listen(from);
}
