/** The table of commands, in the order of the overview. With it, commands start without oclif's discovery of plugins. */
import type { CommandTable, TableEntry } from '../cli/command-table.ts';

const under = (
  heading: string,
  entries: Readonly<Record<string, TableEntry>>,
): (readonly [string, TableEntry])[] =>
  Object.entries(entries).map(([id, entry]) => [id, { heading, ...entry }]);

export const commandTable: CommandTable = new Map([
  ...under('RUN WORK', {
    run: { load: () => import('./run.ts') },
    submit: { load: () => import('./submit.ts') },
    watch: { load: () => import('./watch.ts') },
    serve: { load: () => import('./serve.ts') },
    worker: { load: () => import('./worker.ts') },
    init: { load: () => import('./init.ts') },
  }),
  ...under('JOBS', {
    status: { load: () => import('./status.ts') },
    logs: { load: () => import('./logs.ts') },
    cancel: { load: () => import('./cancel.ts') },
    retry: { load: () => import('./retry.ts') },
    explain: { load: () => import('./explain.ts') },
    stats: { load: () => import('./stats.ts') },
  }),
  ...under('RESULTS', {
    get: { load: () => import('./get.ts') },
    tracks: { load: () => import('./tracks.ts') },
    'tracks rm': { load: () => import('./tracks/rm.ts') },
    history: { load: () => import('./history.ts') },
    pin: { load: () => import('./pin.ts') },
    unpin: { load: () => import('./unpin.ts') },
    hash: { load: () => import('./hash.ts') },
  }),
  ...under('UPKEEP', {
    verify: { load: () => import('./verify.ts'), checksEntries: true },
    gc: { load: () => import('./gc.ts') },
    migrate: { load: () => import('./migrate.ts') },
    doctor: { load: () => import('./doctor.ts') },
    config: { load: () => import('./config.ts') },
    'spine import': { load: () => import('./spine/import.ts') },
    completion: { load: () => import('./completion.ts') },
  }),
  ['content-addressed-broker', { load: () => import('./content-addressed-broker.ts') }],
]);
