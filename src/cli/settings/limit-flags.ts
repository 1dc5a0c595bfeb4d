/** What one caller may ask of the daemon, and for how long, as settings. */
import { define } from './setting.ts';
import { durationType, integerType } from './setting-kinds.ts';

const scope = 'serve';

export const limits = {
  body_limit: define(
    'body_limit',
    { scope, type: integerType(1024, 2_000_000_000), summary: 'bytes of a submission' },
    64 << 20,
  ),
  header_limit: define(
    'header_limit',
    { scope, type: integerType(1024, 1 << 20), summary: 'bytes of the headers of a request' },
    16 << 10,
  ),
  header_timeout: define(
    'header_timeout',
    {
      scope,
      type: durationType,
      shown: '15s',
      summary: 'time within which the headers of a request must be there',
    },
    15_000,
  ),
  request_timeout: define(
    'request_timeout',
    {
      scope,
      type: durationType,
      shown: '5m',
      summary: 'time within which a request must be there, its body with it',
    },
    300_000,
  ),
  idle_timeout: define(
    'idle_timeout',
    {
      scope,
      type: durationType,
      shown: '1m',
      summary: 'time after which an idle connection, or an answer that nobody takes, is closed',
    },
    60_000,
  ),
  max_connections: define(
    'max_connections',
    {
      scope,
      type: integerType(1, 1_000_000),
      summary: 'open connections beyond which new ones are closed',
    },
    4096,
  ),
  max_held: define(
    'max_held',
    {
      scope,
      type: integerType(0, 1_000_000),
      summary: 'waits and streams of events that are held open at the same time',
    },
    1024,
  ),
  heartbeat: define(
    'heartbeat',
    {
      scope,
      type: durationType,
      shown: '15s',
      summary:
        'time between two signs of life on a quiet stream of events; half of --idle-timeout at most',
    },
    15_000,
  ),
  retry_after: define(
    'retry_after',
    {
      scope,
      type: durationType,
      shown: '5s',
      summary: 'what a client is told to wait when the queue is full; whole seconds',
    },
    5000,
  ),
};
