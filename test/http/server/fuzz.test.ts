import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../helpers/until.ts';
import { protocolNames, statusNames } from './fuzz/differences.ts';
import { Fuzz } from './fuzz/fuzz.ts';
import { startWorld, type World } from './fuzz/world.ts';

const defaultSequences = 300;
/** `npm run test:fuzz` takes 50,000. */
const sequences = Number(process.env['CAB_FUZZ'] ?? defaultSequences);
/** Of the first of them; each has the next. */
const firstSeed = Number(process.env['CAB_FUZZ_SEED'] ?? 1);
const lanes = 24;

const worlds: World[] = [];

beforeAll(async () => {
  const limits = { bodyBytes: 1 << 16, headersMs: 120_000, requestMs: 120_000, idleMs: 120_000 };
  const hasty = { ...limits, headersMs: 500, requestMs: 1000, idleMs: 1500 };
  worlds.push(
    ...(await Promise.all([
      startWorld(limits),
      startWorld(limits, { insecure: true }),
      startWorld(hasty),
    ])),
  );
});
afterAll(async () => {
  for (const world of worlds) await world.close();
});

it(
  `reads ${sequences} mutated sequences of requests as plain node:http does (first seed ${firstSeed})`,
  { timeout: 120_000 + sequences * 50 },
  async () => {
    const hasty = worlds.at(-1);
    if (hasty === undefined) throw new Error('no server was started');
    const fuzz = new Fuzz(worlds.slice(0, -1), hasty);
    const open = await Promise.all(worlds.map(connections));
    let next = firstSeed;
    const run = async (end: number): Promise<void> => {
      const lane = async () => {
        while (next < end) await fuzz.try(next++);
      };
      await Promise.all(Array.from({ length: lanes }, lane));
    };
    await run(firstSeed + Math.min(sequences, 1000));
    const before = heapUsed();
    await run(firstSeed + sequences);
    expect(heapUsed() - before).toBeLessThan(40 << 20);

    const { named, statuses } = fuzz;
    console.info(
      [...[...named].sort(), ...[...statuses].sort()]
        .map(([name, n]) => `${n} × ${name}`)
        .join('\n'),
    );
    // A fuzz that comes to few kinds of answers tries nothing.
    for (const status of [200, 202, 304, 400, 403, 404, 405, 413, 415, 417, 431])
      if (sequences >= defaultSequences) expect([...statuses.keys()]).toContain(status);
    // A name that explains nothing is one that hides what comes later.
    if (sequences >= 20_000)
      expect([...named.keys()].sort()).toEqual(
        [...protocolNames, ...statusNames].map(({ name }) => name).sort(),
      );
    for (const [n, world] of worlds.entries()) {
      expect((await world.daemon.run('{"after":1}')).status).toBe('done');
      await until(async () => (await connections(world)) <= (open[n] ?? 0));
    }
  },
);

/** `fetch` keeps a few for its next requests. */
async function connections({ daemon }: World): Promise<number> {
  const figures = await (await daemon.get('/metrics')).text();
  return Number(/^cab_http_connections (\d+)$/m.exec(figures)?.[1]);
}

function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  new Script('gc()').runInNewContext();
  return process.memoryUsage().heapUsed;
}
