import { define, optional } from './setting.ts';
import { durationType, integerType, listType, sizeType, switchType } from './setting-kinds.ts';

const scope = 'gc';
const daysType = integerType(0, 36_500);

/** What a collection leaves, for `cab gc` and for the daemon's own. */
export const gcPolicy = {
  keep_last: define(
    'keep_last',
    { scope, type: integerType(1, 1_000_000), summary: 'results of each track that stay' },
    1,
  ),
  keep_days: define(
    'keep_days',
    { scope, type: daysType, summary: 'what was published or relied on since stays' },
    30,
  ),
  max_size: optional('max_size', {
    scope,
    type: sizeType,
    value: '<20GB>',
    summary:
      'above it what only --keep-days keeps goes as well, the least recently read first; never what a track, pin or job needs',
  }),
  keep_jobs: define(
    'keep_jobs',
    { scope, type: integerType(0, 1_000_000_000), summary: 'ended jobs that stay on record' },
    100_000,
  ),
  keep_job_days: define(
    'keep_job_days',
    { scope, type: daysType, summary: 'days that an ended job stays on record' },
    30,
  ),
  quarantine_days: optional('quarantine_days', {
    scope,
    type: daysType,
    summary: 'delete what has been in quarantine for longer; else it stays',
  }),
};

const graceSummary = 'what lies in the trash for longer is deleted';

/** What holds for one call of `cab gc`. */
export const gc = {
  restore: optional('restore', {
    scope,
    type: listType,
    value: '<key>',
    summary:
      'collect nothing, and bring this entry back from the trash; CONFIG/SOURCE or a track; repeatable',
  }),
  dry_run: define(
    'dry_run',
    {
      scope,
      type: switchType,
      char: 'n',
      summary: 'touch nothing; say of each entry whether it would go, and why',
    },
    false,
  ),
  grace: define(
    'grace',
    { scope, type: durationType, shown: '24h', summary: graceSummary },
    86_400_000,
  ),
};

/** The daemon's own collections. `--grace` is what its jobs are given at a shut-down. */
export const servedGc = {
  gc_every: optional('gc_every', {
    scope: 'serve',
    type: durationType,
    value: '<1d>',
    summary: 'collect garbage as often as this, as cab gc does',
  }),
  gc_grace: define(
    'gc_grace',
    { scope: 'serve', type: durationType, shown: '24h', summary: graceSummary },
    86_400_000,
  ),
};
