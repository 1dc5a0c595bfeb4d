import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';
import { testDaemon, type TestDaemon } from '../server/daemon.ts';
import { fragileProxy, type Fate } from './fragile-proxy.ts';

let daemon: TestDaemon;
let job_id: string;

beforeEach(async () => {
  daemon = await testDaemon();
  ({ job_id } = await daemon.local.submit({ features_text: '{}' }));
  await daemon.local.wait(job_id);
});
afterEach(() => daemon.close());

async function through(fateOf: (connection: number) => Fate) {
  const proxy = await fragileProxy(daemon.url, fateOf);
  const broker = new RemoteBroker({
    url: proxy.url,
    sendFiles: false,
    cwd: '/',
    reconnectMs: 600_000,
  });
  onTestFinished(async () => {
    proxy.close();
    await broker.close();
  });
  return { proxy, broker };
}

describe('a wait', () => {
  it('outlasts a daemon that is away for longer than a question is repeated, if that has answered before', async () => {
    const { proxy, broker } = await through((n) => (n > 0 && n < 7 ? { cutAfter: 10 } : {}));
    await broker.job(job_id);
    expect(await broker.wait(job_id)).toMatchObject({ job_id, status: 'done' });
    expect(proxy.connections).toBe(8);
  });

  it('ends soon where nobody has ever answered', async () => {
    const { broker } = await through(() => ({ cutAfter: 10 }));
    await expect(broker.wait(job_id)).rejects.toMatchObject({ code: 'daemon_unreachable' });
  });
});
