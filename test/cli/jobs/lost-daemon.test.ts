import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runJobs, type Order } from '../../../src/cli/jobs/job-run.ts';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';
import { daemonProcess, type DaemonProcess } from '../../helpers/daemon-process.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe('a command whose daemon is killed', () => {
  let dir: string;
  let daemon: DaemonProcess;
  let broker: RemoteBroker;
  beforeEach(async () => {
    dir = await tempDir();
    // The runners that the daemon leaves behind end as well.
    const slow = `sh:until [ -e '${join(dir, 'go')}' ]; do sleep 0.05; done`;
    daemon = await daemonProcess({ root: join(dir, 'root'), args: ['--runner', slow] });
    broker = new RemoteBroker({ url: daemon.url, sendFiles: false, cwd: dir, reconnectMs: 200 });
  });
  afterEach(async () => {
    await writeFile(join(dir, 'go'), '');
    await broker.close();
  });

  const orderOf = (n: number, before = async (): Promise<unknown> => undefined): Order => ({
    name: String(n),
    accept: async () => {
      await before();
      return broker.submit({ features_text: String(n) });
    },
  });

  async function said(orders: readonly Order[], accepted: (n: number) => void): Promise<string> {
    const told: string[] = [];
    const run = runJobs(orders, {
      ...{ broker, isRemote: true, signal: new AbortController().signal, follow: true },
      services: { stderr: new Writable(), env: {} },
      ...{ adopt: false, keep: false, graceMs: 0, stop: async () => undefined },
      ...{ printAt: 'both', waitTimeoutMs: undefined, tellsOutcome: true },
      print: () => accepted(1),
      ...{ refuse: () => undefined, tell: () => undefined, say: (text) => told.push(text) },
    });
    await expect(run).rejects.toMatchObject({ code: 'daemon_unreachable' });
    return told.join('\n');
  }

  it('says that another daemon goes on with its jobs', async () => {
    let open = 2;
    const kill = (): void => {
      if ((open -= 1) === 0) void daemon.end('SIGKILL');
    };
    expect(await said([orderOf(1), orderOf(2)], kill)).toBe(
      '2 jobs accepted, and not known to have ended; a daemon that is started again goes on with them',
    );
  });

  it('says what it could not submit', async () => {
    let isGone: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (isGone = resolve));
    const kill = (): void => void daemon.end('SIGKILL').then(isGone);
    expect(await said([orderOf(1), orderOf(2, () => gone)], kill)).toBe(
      '1 job accepted, and not known to have ended; a daemon that is started again goes on with them; ' +
        '1 of 2 were not submitted. The same command submits them, and computes nothing twice',
    );
  });
});
