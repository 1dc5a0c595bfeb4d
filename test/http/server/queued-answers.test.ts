import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openLine, requestOf } from '../../helpers/line.ts';
import { served, type Served } from '../../helpers/served.ts';
import { until } from '../../helpers/until.ts';
import { warmed } from '../../helpers/warmed.ts';

it('answers that wait for an earlier one end when their connection is lost', async () => {
  const daemon = await served();
  daemon.runner.behave = async ({ artifact_path }) => {
    await writeFile(artifact_path, 'x'.repeat(2 << 20));
    return { artifact: artifact_path, manifest: null };
  };
  const { path } = await warmed(daemon);
  const gate = daemon.runner.hold();
  const line = openLine(daemon.url);
  const waiting =
    requestOf('/echo/jobs', 'Prefer: wait=60\r\nContent-Length: 14\r\n', 'POST') + '{"features":1}';
  await line.send(waiting + requestOf(path) + requestOf('/echo/index/none.json') + waiting);
  await until(async () => (await inProgress(daemon)) === 5);
  line.socket.resetAndDestroy();
  await until(async () => (await inProgress(daemon)) === 1);
  gate.open();
  expect((await daemon.run('{"after":1}')).status).toBe('done');
});

/** Among them the one that asks. */
async function inProgress({ get }: Served): Promise<number> {
  const figures = await (await get('/metrics')).text();
  return Number(/^cab_http_requests_in_progress (\d+)$/m.exec(figures)?.[1]);
}
