/** The table of commands. With it, commands start without oclif's discovery of plugins. */
import type { CommandTable } from '../cli/command-table.ts';

export const commandTable: CommandTable = new Map([
  ['submit', { load: () => import('./submit.ts') }],
  ['init', { load: () => import('./init.ts') }],
  ['run', { load: () => import('./run.ts') }],
  ['status', { load: () => import('./status.ts') }],
  ['get', { load: () => import('./get.ts') }],
  ['cancel', { load: () => import('./cancel.ts') }],
  ['retry', { load: () => import('./retry.ts') }],
  ['logs', { load: () => import('./logs.ts') }],
  ['watch', { load: () => import('./watch.ts') }],
  ['tracks', { load: () => import('./tracks.ts') }],
  ['tracks rm', { load: () => import('./tracks/rm.ts') }],
  ['history', { load: () => import('./history.ts') }],
  ['stats', { load: () => import('./stats.ts') }],
  ['hash', { load: () => import('./hash.ts') }],
  ['explain', { load: () => import('./explain.ts') }],
  ['gc', { load: () => import('./gc.ts') }],
  ['pin', { load: () => import('./pin.ts') }],
  ['unpin', { load: () => import('./unpin.ts') }],
  ['serve', { load: () => import('./serve.ts') }],
  ['content-addressed-broker', { load: () => import('./content-addressed-broker.ts') }],
  ['spine import', { load: () => import('./spine/import.ts') }],
  ['verify', { load: () => import('./verify.ts'), checksEntries: true }],
  ['config', { load: () => import('./config.ts') }],
  ['doctor', { load: () => import('./doctor.ts') }],
] as const);
