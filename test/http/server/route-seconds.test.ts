import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { RouteSeconds } from '../../../src/http/server/metrics/route-seconds.ts';

const routes = ['/health', '/echo/jobs', '/echo/:config_hash/:source_hash/*', 'none'];
const seconds = fc.oneof(
  fc.constantFrom(0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 31),
  fc.double({ min: 0, max: 60, noNaN: true }),
);

it('says what a histogram of prom-client says of the same values', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(...routes), seconds)),
      async (observations) => {
        const registry = new Registry();
        const reference = new Histogram({
          name: 'cab_http_request_duration_seconds',
          help: 'From the arrival of a request to the end of its answer.',
          labelNames: ['route'],
          buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
          registers: [registry],
        });
        const ours = new RouteSeconds();
        for (const [route, value] of observations) {
          reference.observe({ route }, value);
          ours.observe(route, value);
        }
        expect(ours.exposition().trim().split('\n')).toEqual(
          (await registry.metrics()).trim().split('\n'),
        );
      },
    ),
  );
});
