import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startDaemon } from '../../src/daemon/daemon.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import { claimDaemon } from '../../src/daemon/daemon-file.ts';
import { findDaemon } from '../../src/daemon/find-daemon.ts';
import { traits } from '../http/server/daemon.ts';
import { scriptedBroker, scriptedOptions } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

it('begins no job and is found by no command while it closes, and gives running jobs and answers their grace together', async () => {
  const root = await tempDir();
  const runner = new ScriptedRunner();
  const gate = runner.hold();
  const looking = scriptedBroker(root, runner, { work: 'none' });
  const first = await looking.submit({ features_text: '1' });
  const second = await looking.submit({ features_text: '2' });
  const daemon = await startDaemon({
    broker: scriptedOptions(root, runner),
    server: { port: 0 },
    logger: pino({ level: 'silent' }),
    graceMs: 60_000,
    companion: async () => ({ close: async () => undefined }),
  });
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
  const closed: string[] = [];
  let broker: LocalBroker | undefined;
  const daemon = await startDaemon({
    broker: scriptedOptions(root, runner),
    server: { port: 0 },
    logger: pino({ level: 'silent' }),
    graceMs: 1,
    companion: async (served) => {
      broker = served;
      return { close: async () => void closed.push('companion') };
    },
  });
  const socket = join(layoutOf(root).private, 'daemon.sock');
  await rm(socket);
  await mkdir(socket);
  await expect(daemon.close()).rejects.toMatchObject({ path: socket });
  expect(closed).toEqual(['companion']);
  await expect(broker?.counts()).rejects.toMatchObject({ code: 'canceled' });
  const next = await claimDaemon(root, traits);
  await next.release();
});
