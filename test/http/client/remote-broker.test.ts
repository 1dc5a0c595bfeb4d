import { join } from 'node:path';
import { RemoteBroker, type RemoteBrokerOptions } from '../../../src/http/client/remote-broker.ts';
import { describeBroker, type BrokerFixture } from '../../contract/broker.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { testDaemon, type TestDaemon } from '../server/daemon.ts';

const fixture = (daemon: TestDaemon, options: Partial<RemoteBrokerOptions>): BrokerFixture => {
  const broker = new RemoteBroker({ sendFiles: false, cwd: '/', ...options });
  const close = async (): Promise<void> => {
    await broker.close();
    await daemon.close();
  };
  return { broker, runner: daemon.runner, worker: daemon.local, close };
};

describeBroker('RemoteBroker over TCP', async () => {
  const daemon = await testDaemon({ tokens: [{ token: 'secret', role: 'write' }] });
  return fixture(daemon, { url: daemon.url, token: 'secret' });
});

describeBroker('RemoteBroker over a Unix socket', async () => {
  const socket = join(await tempDir(), 'daemon.sock');
  return fixture(await testDaemon({ socket, tokens: [{ token: 'secret', role: 'read' }] }), {
    socket,
  });
});
