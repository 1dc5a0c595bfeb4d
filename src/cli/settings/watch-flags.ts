import { define, optional } from './setting.ts';
import { durationType, onDoneType, switchType, textType, trackType } from './setting-kinds.ts';

/** Folders whose files are submitted as they appear. */
export const watch = {
  pattern: define(
    'pattern',
    {
      scope: 'watch',
      type: textType,
      value: '<glob>',
      summary: 'files that count; without a slash it holds for names at any depth',
    },
    '*.features.json',
  ),
  track: define(
    'track',
    {
      scope: 'watch',
      type: trackType,
      char: 't',
      value: '<track>',
      summary: 'the track of a file, from {stem}, {name} and {dir}',
    },
    '{stem}',
  ),
  recursive: define(
    'recursive',
    { scope: 'watch', type: switchType, summary: 'look into subdirectories' },
    true,
  ),
  ready_suffix: optional('ready_suffix', {
    scope: 'watch',
    type: textType,
    value: '<suffix>',
    summary: 'a file counts only once another of its name and this suffix is there',
  }),
  settle: define(
    'settle',
    {
      scope: 'watch',
      type: durationType,
      shown: '500ms',
      summary: 'time that a file must lie still before it counts',
    },
    500,
  ),
  on_done: define(
    'on_done',
    {
      scope: 'watch',
      type: onDoneType,
      value: '<keep|delete|move:DIR>',
      summary: 'what becomes of a file whose job ended done',
    },
    'keep',
  ),
  poll: define(
    'poll',
    {
      scope: 'watch',
      type: switchType,
      summary: 'look at the folder every so often, for network mounts',
    },
    false,
  ),
  poll_interval: define(
    'poll_interval',
    { scope: 'watch', type: durationType, shown: '2s', summary: 'time between looks with --poll' },
    2000,
  ),
  rescan: define(
    'rescan',
    {
      scope: 'watch',
      type: durationType,
      shown: '30s',
      summary: 'time between looks for what no event told of',
    },
    30_000,
  ),
};
