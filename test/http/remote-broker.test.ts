import { RemoteBroker } from '../../src/http/remote-broker.ts';
import { describeBroker } from '../contract/broker.ts';
import { testDaemon } from './daemon.ts';

describeBroker('RemoteBroker over TCP', async () => {
  const daemon = await testDaemon();
  const broker = new RemoteBroker({ url: daemon.server.address, sendFiles: false, cwd: '/' });
  const close = async (): Promise<void> => {
    await broker.close();
    await daemon.close();
  };
  return { broker, runner: daemon.runner, worker: daemon.local, close };
});
