import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openLine, requestOf, type Line } from '../../helpers/line.ts';
import { served, type Served } from '../../helpers/served.ts';

async function figure(daemon: Served, name: string): Promise<number> {
  const text = await (await daemon.get('/metrics')).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

async function connected(daemon: Served): Promise<Line> {
  const line = openLine(daemon.url);
  await line.send(requestOf('/healthz'));
  await line.answer();
  return line;
}

it('the figures tell what memory the daemon takes', async () => {
  const daemon = await served();
  const resident = await figure(daemon, 'process_resident_memory_bytes');
  const heap = await figure(daemon, 'nodejs_heap_size_total_bytes');
  expect(heap).toBeGreaterThan(1_000_000);
  expect(resident).toBeGreaterThan(heap);
  expect(await figure(daemon, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1_000_000);
  expect(await figure(daemon, 'nodejs_external_memory_bytes')).toBeGreaterThan(0);
});

it.skipIf(!existsSync('/proc/self/fd'))('and how many descriptors are open', async () => {
  const daemon = await served();
  const before = await figure(daemon, 'process_open_fds');
  for (let n = 0; n < 20; n++) await connected(daemon);
  // Both ends of each are in this process.
  expect(await figure(daemon, 'process_open_fds')).toBeGreaterThanOrEqual(before + 40);
});

it('and how late its event loop was', async () => {
  const daemon = await served();
  const name = 'nodejs_eventloop_lag_max_seconds';
  await figure(daemon, name);
  // What came before its timer fired for the first time after a reading is not seen.
  await delay(200);
  const end = performance.now() + 300;
  while (performance.now() < end);
  const latest = await figure(daemon, name);
  expect(latest).toBeGreaterThan(0.2);
  expect(await figure(daemon, 'nodejs_eventloop_lag_p99_seconds')).toBeLessThanOrEqual(latest);
});
