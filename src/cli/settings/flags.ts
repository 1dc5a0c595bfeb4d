/* eslint-disable max-lines -- a list, which grows by what users can choose */
/**
 * Every flag of every command, once. What a name comes to in the environment and in the file: setting.ts. Longer than other
 * files, for it is one list, and grows by what users can choose.
 */
import { availableParallelism } from 'node:os';
import type { AlphabetLowercase } from '@oclif/core/interfaces';
import { jobStates } from '../../core/model/job.ts';
import { define, optional, type Setting } from './setting.ts';
import { gc, gcPolicy, servedGc } from './gc-flags.ts';
import { limits } from './limit-flags.ts';
import { serve } from './serve-flags.ts';
import { verify } from './verify-flags.ts';
import { watch } from './watch-flags.ts';
import {
  choiceType,
  durationType,
  fileNameType,
  integerType,
  pairsType,
  pathType,
  runnerType,
  switchType,
  textType,
  trackType,
} from './setting-kinds.ts';

const switchOf = (name: string, scope: string | null, summary: string, char?: AlphabetLowercase) =>
  define(
    name,
    {
      type: switchType,
      summary,
      ...(scope !== null && { scope }),
      ...(char !== undefined && { char }),
    },
    false,
  );

export const json = switchOf('json', null, 'print JSON for programs');

/** The store. Names of files decide where a broker looks, so they hold for every command. */
export const store = {
  cas_root: define(
    'cas_root',
    { type: pathType, summary: 'the root: entries, pointers and the queue' },
    'data/echo_cas',
  ),
  artifact_name: optional('artifact_name', {
    type: fileNameType,
    value: '<name>',
    summary: 'file name of a new artifact, in place of the name that the runner has for it',
  }),
  manifest_name: define(
    'manifest_name',
    { type: fileNameType, value: '<name>', summary: 'file name of manifests' },
    'manifest.json',
  ),
};

/** Which daemon does it, if any. */
export const daemon = {
  url: optional('url', {
    type: textType,
    value: '<url>',
    summary: 'the daemon to talk to; else the one that serves the root, if there is one',
  }),
  token: optional('token', {
    type: textType,
    value: '<token>',
    secret: true,
    summary: 'token of the daemon; in CAB_TOKEN it stays out of the list of processes',
  }),
  offline: switchOf(
    'offline',
    null,
    'work on the root in this process, whether a daemon is there or not',
  ),
};

/** How jobs are run where this process runs them. */
export const engine = {
  concurrency: define(
    'concurrency',
    {
      type: integerType(1, 1024),
      shown: 'one a processor',
      summary: 'jobs that run at the same time',
    },
    availableParallelism(),
  ),
  kill_grace: define(
    'kill_grace',
    { type: durationType, shown: '5s', summary: 'what a job is given to end when it is stopped' },
    5000,
  ),
  lease: define(
    'lease',
    {
      type: durationType,
      shown: '30s',
      summary: 'silence after which a worker elsewhere counts as dead',
    },
    30_000,
  ),
  queue_limit: define(
    'queue_limit',
    { type: integerType(1, 10_000_000), summary: 'pending jobs beyond which none is accepted' },
    100_000,
  ),
};

/** Which runner does the work. */
export const runner = {
  runner: define(
    'runner',
    { type: runnerType, summary: 'who does the work; see docs/runners.md' },
    'historical-echo',
  ),
  python: define(
    'python',
    { type: runnerType, value: '<program>', summary: 'the Python that runs Python runners' },
    'python3',
  ),
};

/** What a job is made of. */
export const job = {
  track: optional('track', {
    scope: 'submit',
    type: trackType,
    char: 't',
    value: '<track>',
    summary: 'the track, else the stem; with several files a pattern of {stem}, {name} and {dir}',
  }),
  db: optional('db', { type: pathType, summary: 'the database that the runner reads' }),
  db_hash: optional('db_hash', {
    type: textType,
    value: '<hash>',
    summary: 'digest of the database, in place of hashing it',
  }),
  probe: optional('probe', {
    type: pairsType,
    summary: 'an argument of the probe; repeatable; JSON where it parses, else text',
  }),
  runner_arg: optional('runner_arg', {
    type: pairsType,
    summary: 'an argument of the runner; repeatable; JSON where it parses, else text',
  }),
  priority: define('priority', { type: integerType(-1000, 1000), summary: 'higher runs first' }, 0),
  timeout: optional('timeout', { type: durationType, summary: 'time that one attempt may take' }),
  retries: define(
    'retries',
    {
      type: integerType(0, 99),
      summary:
        'further attempts after a failure of the runner; what happens to a job is tried again twice anyway',
    },
    0,
  ),
  run_id: optional('run_id', {
    scope: 'submit',
    type: textType,
    value: '<id>',
    summary: 'a name for this run, kept in the manifest',
  }),
  config_hash: optional('config_hash', {
    scope: 'submit',
    type: textType,
    value: '<hash>',
    summary: 'the configuration half of the key, in place of computing it',
  }),
  force: switchOf('force', 'submit', 'run even where the result stands already'),
};

/** What happens after jobs were accepted. */
export const after = {
  wait: switchOf(
    'wait',
    null,
    'wait for the end, and print the result in place of the id alone',
    'w',
  ),
  wait_timeout: optional('wait_timeout', {
    type: durationType,
    summary: 'the longest wait; exit code 5 when it has passed',
  }),
  enqueue: switchOf('enqueue', null, 'leave the jobs in the queue and run none'),
  keep: switchOf(
    'keep',
    null,
    'leave the jobs in the queue at Ctrl-C, where they would be canceled',
  ),
  adopt: switchOf(
    'adopt',
    null,
    'run then what others left in the queue: commands that died or were stopped, and --enqueue',
  ),
};

export const status = {
  watch: switchOf('watch', 'status', 'stay, and show every change', 'w'),
  status: optional('status', {
    scope: 'status',
    type: choiceType(jobStates),
    char: 's',
    value: `<${jobStates.join('|')}>`,
    summary: 'only jobs of this state',
  }),
  track: optional('track', {
    scope: 'status',
    type: textType,
    char: 't',
    value: '<track>',
    summary: 'only jobs of this track',
  }),
  limit: define(
    'limit',
    { scope: 'status', type: integerType(1, 1000), char: 'n', summary: 'at most this many jobs' },
    20,
  ),
};

export const get = {
  output: optional('output', {
    scope: 'get',
    type: pathType,
    char: 'o',
    value: '<file>',
    summary: 'write to this file, whole or not at all; - for stdout, even a terminal',
  }),
  manifest: switchOf('manifest', 'get', 'the manifest of the entry', 'm'),
  pointer: switchOf('pointer', 'get', 'the pointer of the track', 'p'),
  at: define(
    'at',
    { scope: 'get', type: integerType(1, 1000), summary: 'the n-th latest of the track' },
    1,
  ),
  if_none_match: optional('if_none_match', {
    scope: 'get',
    type: textType,
    value: '<etag>',
    summary: 'print nothing where the artifact still has this etag',
  }),
};

export const logs = {
  follow: switchOf('follow', 'logs', 'stay until the job has ended', 'f'),
  raw: switchOf('raw', 'logs', 'print control characters as they are, to a terminal too'),
};

export const history = {
  limit: define(
    'limit',
    { scope: 'history', type: integerType(1, 1000), char: 'n', summary: 'at most this many' },
    20,
  ),
};

export const spine = {
  out: optional('out', {
    scope: 'spine_import',
    type: pathType,
    char: 'o',
    value: '<file>',
    summary: 'the database to write',
  }),
  tier: define(
    'tier',
    {
      scope: 'spine_import',
      type: choiceType(['tier1_modern', 'tier2_modern', 'tier3_modern']),
      value: '<tier1_modern|tier2_modern|tier3_modern>',
      summary: 'the tier that the songs belong to',
    },
    'tier1_modern',
  ),
};

export const config = {
  trust: switchOf(
    'trust',
    'config',
    'use the cab.config.json of another user that is found here, as it stands',
  ),
};

export const doctor = {
  fix: switchOf('fix', 'doctor', 'mend what can be mended'),
};

/** Groups as one list, in their order. */
export const listOf = (...groups: readonly Readonly<Record<string, Setting>>[]): Setting[] =>
  groups.flatMap((group) => Object.values(group));

/** What `cab config` shows, and a configuration file may hold. */
export const allSettings: readonly Setting[] = listOf(
  ...[
    store,
    daemon,
    runner,
    engine,
    job,
    after,
    status,
    get,
    logs,
    history,
    spine,
    config,
    doctor,
    watch,
    serve,
    limits,
    servedGc,
    gcPolicy,
    gc,
    verify,
    { json },
  ],
);
