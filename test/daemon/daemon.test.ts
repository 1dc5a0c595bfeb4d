import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startDaemon, type DaemonOptions } from '../../src/daemon/daemon.ts';
import { daemonPlaces } from '../../src/daemon/daemon-places.ts';
import type { Collections, ServedRoot, WorkingBroker } from '../../src/daemon/served-root.ts';
import { defaults } from '../../src/compose/defaults.ts';
import { watchingOf } from '../../src/compose/watch-root.ts';
import { claimDaemon } from '../../src/daemon/daemon-file.ts';
import type { ListenSettings } from '../../src/daemon/daemon-settings.ts';
import { findDaemon } from '../../src/daemon/find-daemon.ts';
import { traits } from '../http/server/daemon.ts';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { listening } from '../helpers/listening.ts';

/** A daemon at any free port, which watches nothing. */
function scripted(
  root: string,
  runner: ScriptedRunner,
  { graceMs, collections }: { graceMs: number; collections?: Collections },
): DaemonOptions {
  return {
    ...{ root, cwd: root, traits },
    settings: {
      listen: open,
      folders: [],
      watch: { ...defaults.watch, polls: false },
      page: false,
      mostEntryBytes: 1 << 20,
      graceMs,
    },
    logger: pino({ level: 'silent' }),
    open: async () => ({
      broker: scriptedBroker(root, runner, { work: 'all', graceMs }),
      watching: watchingOf(root),
      collections,
      close: async () => undefined,
    }),
  };
}

const open: ListenSettings = {
  ...{ ...listening(), tokens: [], insecure: false },
  ...{ allowUsers: [], allowRoots: [], corsOrigins: [], allowedHosts: [] },
  ...{ bareEtags: false, compatible: false },
};

it('begins no job and is found by no command while it closes, and gives running jobs and answers their grace together', async () => {
  const root = await tempDir();
  const runner = new ScriptedRunner();
  const gate = runner.hold();
  const looking = scriptedBroker(root, runner, { work: 'none' });
  const first = await looking.submit({ features_text: '1' });
  const second = await looking.submit({ features_text: '2' });
  const daemon = await startDaemon(scripted(root, runner, { graceMs: 60_000 }));
  await until(() => runner.calls === 1);
  const { hostname, port } = new URL(daemon.address);
  const slow = connect(Number(port), hostname);
  await once(slow, 'connect');
  slow.write(`GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\n`);
  // Until the server has seen it.
  expect((await fetch(`${daemon.address}/healthz`)).status).toBe(200);

  const closed = daemon.close();
  gate.open();
  await until(async () => (await looking.job(first.job_id)).status === 'done');
  // Commands do their work themselves from now on; the root is still this daemon's.
  await until(async () => (await findDaemon(root)) === undefined);
  await expect(claimDaemon(root, traits)).rejects.toMatchObject({ code: 'daemon_running' });
  // In which a worker that goes on would begin the next.
  await delay(200);
  slow.end('\r\n');
  await closed;
  expect(runner.calls).toBe(1);
  expect(await looking.job(second.job_id)).toMatchObject({ status: 'pending', attempts: 0 });
  await looking.close();
});

it('closes all that it began, and lets go of its root, also where a part cannot be closed', async () => {
  const root = await tempDir();
  const runner = new ScriptedRunner();
  const said: string[] = [];
  const collections: Collections = {
    onEnd: () => undefined,
    start: () => void said.push('started'),
    close: async () => void said.push('closed'),
  };
  let broker: WorkingBroker | undefined;
  const options = scripted(root, runner, { graceMs: 1, collections });
  const open = async (): Promise<ServedRoot> => {
    const served = await options.open();
    broker = served.broker;
    return served;
  };
  const daemon = await startDaemon({ ...options, open });
  const { socket } = daemonPlaces(root);
  await rm(socket);
  await mkdir(socket);
  await expect(daemon.close()).rejects.toMatchObject({ path: socket });
  expect(said).toEqual(['started', 'closed']);
  await expect(broker?.counts()).rejects.toMatchObject({ code: 'canceled' });
  const next = await claimDaemon(root, traits);
  await next.release();
});
