/**
 * The table of settings: one line for each flag of a command. setting.ts makes the environment variable and the key of the
 * configuration file from the name.
 * Durations are in milliseconds. Longer than other files, because a table of one line a flag is read and searched as a whole.
 */
import { availableParallelism } from 'node:os';
import { defaults } from '../../compose/defaults.ts';
import { mostInlineBytes } from '../../core/model/entry/light-weight.ts';
import { jobStates } from '../../core/model/job/job.ts';
import { group, titled, type Setting } from './setting.ts';
import { ageType, choiceType, durationType, fileNameType, integerType, listType, onDoneType, pairsType, pathType, runnerType, sampleType, sizeType, sizeUpTo, switchType, textType, trackType } from './setting-kinds.ts';

const dayMs = 86_400_000;
const daysType = integerType(0, 36_500);
const trashed = 'time in the trash before an entry is deleted';

/** How every command writes what it has to say. */
export const output = group(titled(null, 'OUTPUT'), {
  json: { type: switchType, default: false, summary: 'print JSON for programs' },
  color: { type: switchType, default: true, shown: 'on a terminal', summary: 'write in colour; NO_COLOR turns it off as well' },
});

export const { quiet } = group(titled(null, 'OUTPUT'), { quiet: { type: switchType, default: false, char: 'q', summary: 'print only errors on stderr' } });

/** The store. Names of files decide where a broker looks, so they hold for every command. */
export const store = group(titled(null, 'ROOT AND DAEMON'), {
  cas_root: { type: pathType, default: defaults.root, upward: true, summary: 'the root: entries, pointers and the queue; looked for upward from the working directory' },
  store: { type: textType, value: '<s3://bucket/prefix>', summary: 'object storage that keeps entries and pointers in place of the root' },
  queue: { type: textType, value: '<postgres://server/db>', secret: true, summary: 'PostgreSQL that keeps the jobs in place of the root, for many machines; in CAB_QUEUE its password stays out of the list of processes' },
  local_cache: { type: pathType, summary: 'folder of this machine that keeps entries of --store, so that they are fetched once; by default within the root' },
  local_cache_size: { type: sizeType, default: defaults.cacheBytes, value: '<10GiB>', shown: '10GiB', summary: 'bytes that the local cache keeps; those used last stay' },
  artifact_name: { type: fileNameType, value: '<name>', summary: 'file name of a new artifact, instead of the name that the runner gives' },
  manifest_name: { type: fileNameType, default: defaults.manifestName, value: '<name>', summary: 'file name of manifests' },
});

/** Which daemon does it, if any. */
export const daemon = group(titled(null, 'ROOT AND DAEMON'), {
  url: { type: textType, value: '<url>', summary: 'the daemon to use; without it the one that serves the root, if any' },
  token: { type: textType, value: '<token>', secret: true, summary: 'token of the daemon; in CAB_TOKEN it stays out of the list of processes' },
  offline: { type: switchType, default: false, summary: 'work in this process, even if a daemon serves the root' },
});

/** The brokers behind this one. */
export const upstream = group(titled(null, 'UPSTREAM'), {
  upstream: { type: listType, default: [], value: '<url>', shown: 'none', summary: 'another cab that is asked for results that are not here; repeatable, asked in this order' },
  upstream_token: { type: listType, default: [], value: '<token>', secret: true, shown: 'none', summary: 'token of the upstream, or URL=TOKEN for each; in CAB_UPSTREAM_TOKEN it stays out of the list of processes' },
  upstream_push: { type: switchType, default: false, summary: 'send new results to the first upstream' },
  upstream_wait: { type: durationType, default: defaults.upstream.waitMs, summary: 'time that an upstream may keep cab waiting before it is passed over' },
  upstream_limit: { type: sizeType, default: defaults.upstream.mostBytes, value: '<1GiB>', shown: '1GiB', summary: 'largest result that is fetched from an upstream' },
});

/** How jobs are run where this process runs them. */
export const engine = group(titled(null, 'WORKER'), {
  concurrency: { type: integerType(1, 1024), default: defaults.concurrency, char: 'j', shown: 'one a processor', summary: 'jobs that run at the same time' },
  label: { type: listType, default: [], value: '<label>', shown: 'none', summary: 'what this machine has, such as gpu; jobs that need other labels (--needs) are left to other workers; repeatable' },
  kill_grace: { type: durationType, default: defaults.graceMs, summary: 'time that a job has to end when it is stopped' },
  lease: { type: durationType, default: defaults.leaseMs, summary: 'time without a heartbeat after which a worker that cannot be seen counts as dead' },
  retry_delay: { type: durationType, default: defaults.retryDelayMs, summary: 'time before the second attempt; it doubles each time, up to 5m' },
  retry_jitter: { type: integerType(0, 100), default: defaults.retryJitter, summary: 'the random part of that time, in per cent' },
  inline_limit: { type: sizeUpTo(mostInlineBytes), default: defaults.inlineBytes, value: '<256KiB>', shown: '256KiB', summary: 'largest result, up to 4MiB, that the job store makes durable before its files are flushed; 0: none' },
  queue_limit: { type: integerType(1, 10_000_000), default: defaults.queueLimit, summary: 'most pending jobs; more are refused' },
});

/** Which runner does the work. */
export const runner = group(titled(null, 'RUNNER'), {
  runner: { type: runnerType, default: defaults.runner, summary: 'who does the work; see docs/reference/runners.md' },
  python: { type: runnerType, default: defaults.python, value: '<program>', summary: 'the Python that runs Python runners' },
});

/** What a job is made of. */
export const job = group(null, {
  track: { scope: 'submit', type: trackType, char: 't', value: '<track>', names: 'track', summary: 'the track; without it the name of the file without its last suffix; for several files a pattern of {stem}, {name} and {dir}' },
  no_track: { scope: 'submit', type: switchType, default: false, summary: 'no track: the result is found by its key and its job' },
  job: { scope: 'submit', type: textType, value: '<name>', names: 'kind', summary: 'a kind of job that cab.config.json names, with its runner or command and its defaults' },
  input: { scope: 'submit', type: listType, default: [], char: 'i', value: '<path>', shown: 'none', names: 'file', summary: 'a file, folder or pattern that the runner reads beside the features; "!pattern" leaves out; repeatable' },
  env: { scope: 'submit', type: listType, default: [], char: 'e', value: '<NAME[=VALUE]>', shown: 'none', summary: 'a variable that the runner gets and the key holds; repeatable' },
  db: { type: pathType, summary: 'the database that the runner reads' },
  db_hash: { type: textType, value: '<hash>', summary: 'digest of the database, instead of computing it' },
  probe: { type: pairsType, summary: 'an argument of the probe; repeatable; JSON where it parses, else text' },
  runner_arg: { type: pairsType, summary: 'an argument of the runner; repeatable; JSON where it parses, else text' },
  priority: { type: integerType(-1000, 1000), default: 0, summary: 'higher runs first' },
  needs: { type: listType, default: [], value: '<label>', shown: 'none', summary: 'a label that a worker must have to take the job (--label), such as gpu; repeatable' },
  timeout: { type: durationType, summary: 'time that one attempt may take' },
  retries: { type: integerType(0, 99), default: 0, summary: 'further attempts after the runner failed; failures from outside, such as a full disk, are tried again twice anyway' },
  run_id: { scope: 'submit', type: textType, value: '<id>', summary: 'a name for this run, kept in the manifest' },
  config_hash: { scope: 'submit', type: textType, value: '<hash>', summary: 'first half of the key, instead of computing it' },
  force: { scope: 'submit', type: switchType, default: false, summary: 'run even if the result exists' },
});

/** What happens after jobs were accepted. */
export const after = group(titled(null, 'WAITING'), {
  wait: { type: switchType, default: false, char: 'w', summary: 'wait for the end, and print status and result beside the id' },
  output: { scope: 'submit', type: pathType, char: 'o', value: '<dir>', summary: 'put the result of each job into this folder, named after its track' },
  wait_timeout: { type: durationType, summary: 'the longest wait; exit code 5 when it has passed' },
  enqueue: { type: switchType, default: false, summary: 'leave the jobs in the queue and run none' },
  keep: { type: switchType, default: false, summary: 'at Ctrl-C leave the jobs in the queue instead of canceling them' },
  adopt: { type: switchType, default: false, summary: 'afterwards run jobs that others left in the queue: killed commands, --enqueue, --keep' },
});

/** What a command of `cab run` reads, makes and depends on. */
export const run = group('run', {
  input: { type: listType, default: [], char: 'i', value: '<path>', shown: 'none', names: 'file', summary: 'a file, folder or pattern that the command reads; "!pattern" leaves out; repeatable' },
  output: { type: listType, default: [], char: 'o', value: '<path>', shown: 'none', names: 'file', summary: 'a file, folder or pattern that the command makes, kept and brought back; repeatable' },
  env: { type: listType, default: [], char: 'e', value: '<NAME[=VALUE]>', shown: 'none', summary: 'a variable that the command gets and its key holds; repeatable' },
  env_all: { type: switchType, default: false, summary: 'pass every variable; those not named with --env are not in the key' },
  ignore: { type: switchType, default: true, summary: 'leave out of folders what .gitignore leaves out' },
  input_outside: { type: switchType, default: false, summary: 'allow inputs outside the project' },
  shell: { type: switchType, default: false, summary: 'the words after -- are a line for /bin/sh' },
  stdin: { type: switchType, default: false, summary: 'hand standard input to the command, as an input' },
  restore: { type: switchType, default: true, summary: 'bring the outputs back at a hit' },
  force: { type: switchType, default: false, summary: 'run the command even if its result exists' },
  cache_failures: { type: durationType, value: '<10m>', summary: 'repeat a failure that is no older than this, and run nothing' },
  dry_run: { type: switchType, default: false, char: 'n', summary: 'say whether it would be a hit, and why not; run nothing' },
  track: { type: textType, char: 't', value: '<track>', names: 'track', summary: 'the track of the result; without it a track named after the command' },
  sandbox: { type: switchType, default: false, summary: 'hide all files but the inputs and the system from the command (Linux, bubblewrap)' },
  network: { type: switchType, default: false, summary: 'with --sandbox: allow the network' },
  learn: { type: switchType, default: false, summary: 'run, keep nothing, and print which inputs, outputs and variables to name (Linux, strace)' },
  save: { type: textType, value: '<name>', summary: 'with --learn: write them as a recipe into cab.config.json' },
  quiet: { type: switchType, default: false, char: 'q', summary: 'do not print the last line, with hit and time' },
});

export const status = group('status', {
  watch: { type: switchType, default: false, char: 'w', summary: 'stay open, and show every change' },
  status: { type: choiceType(jobStates), char: 's', value: `<${jobStates.join('|')}>`, summary: 'only jobs of this state' },
  track: { type: textType, char: 't', value: '<track>', names: 'track', summary: 'only jobs of this track' },
  limit: { type: integerType(1, 1000), default: 20, char: 'n', summary: 'at most this many jobs' },
});

export const get = group('get', {
  output: { type: pathType, char: 'o', value: '<file|dir/>', summary: 'write to this file, whole or not at all, or into this folder; - for stdout, even a terminal' },
  manifest: { type: switchType, default: false, char: 'm', summary: 'the manifest of the entry' },
  pointer: { type: switchType, default: false, char: 'p', summary: 'the pointer of the track' },
  at: { type: integerType(1, 1000), default: 1, summary: 'the n-th latest of the track' },
  if_none_match: { type: textType, value: '<etag>', summary: 'print nothing if the artifact still has this etag' },
});

export const logs = group('logs', {
  follow: { type: switchType, default: false, char: 'f', summary: 'stay until the job has ended' },
  last: { type: switchType, default: false, summary: 'the latest job that was run' },
  raw: { type: switchType, default: false, summary: 'print control characters as they are, to a terminal too' },
});

export const explain = group('explain', {
  exit_code: { type: switchType, default: false, summary: 'end with 1 for a miss; for cab run: with --dry-run' },
});

/** Which jobs `cab cancel` takes, if none is named. */
export const cancel = group('cancel', {
  all: { type: switchType, default: false, summary: 'all jobs that have not ended' },
  track: { type: textType, char: 't', value: '<track>', names: 'track', summary: 'all jobs of this track that have not ended' },
});

/** Which jobs `cab retry` takes, if none is named. */
export const retry = group('retry', {
  failed: { type: switchType, default: false, summary: 'all failed jobs, except those whose work was done since' },
});

export const tracksRm = group('tracks_rm', {
  dry_run: { type: switchType, default: false, char: 'n', summary: 'change nothing; list the tracks that would be removed' },
});

export const history = group('history', {
  limit: { type: integerType(1, 1000), default: 20, char: 'n', summary: 'at most this many' },
});

export const stats = group('stats', {
  days: { type: integerType(1, 36_500), default: 30, char: 'n', summary: 'count jobs of this many days' },
});

export const spine = group('spine_import', {
  out: { type: pathType, char: 'o', value: '<file>', summary: 'the database to write' },
  tier: { type: choiceType(['tier1_modern', 'tier2_modern', 'tier3_modern']), default: 'tier1_modern', value: '<tier1_modern|tier2_modern|tier3_modern>', summary: 'the tier that the songs belong to' },
});

export const config = group('config', {
  trust: { type: switchType, default: false, summary: 'trust the cab.config.json of another user that is found here, as it is now' },
});

export const doctor = group('doctor', {
  fix: { type: switchType, default: false, summary: 'repair what can be repaired' },
});

/** Folders whose files are submitted as they appear. */
export const watch = group('watch', {
  pattern: { type: textType, default: defaults.watch.pattern, value: '<glob>', summary: 'files that count; a pattern without a slash matches names at any depth' },
  track: { type: trackType, default: defaults.watch.track, char: 't', value: '<track>', names: 'track', summary: 'the track of a file, from {stem}, {name} and {dir}' },
  recursive: { type: switchType, default: defaults.watch.recursive, summary: 'look into subdirectories' },
  ready_suffix: { type: textType, value: '<suffix>', summary: 'a file counts once a file with its name and this suffix exists' },
  settle: { type: durationType, default: defaults.watch.settleMs, summary: 'time without a change before a file counts' },
  on_done: { type: onDoneType, default: 'keep', value: '<keep|delete|move:DIR>', summary: 'what happens to a file when its job is done' },
  poll: { type: switchType, default: false, summary: 'look at the folder at intervals; for network mounts' },
  poll_interval: { type: durationType, default: defaults.watch.pollMs, summary: 'time between looks with --poll' },
  rescan: { type: durationType, default: defaults.watch.rescanMs, summary: 'time between scans, which find files that no event reported' },
});

/** Where the daemon listens, to whom, and what it takes. */
export const serve = group('serve', {
  host: { type: textType, default: '127.0.0.1', value: '<address>', summary: 'address to listen at' },
  port: { type: integerType(0, 65_535), default: 8099, summary: 'port to listen at; 0 for any' },
  token_file: { type: pathType, summary: 'tokens that may call, one a line; "read TOKEN" may only read' },
  insecure: { type: switchType, default: false, summary: 'let in everyone who reaches the address, without a token' },
  allow_root: { type: listType, default: [], value: '<dir>', shown: 'any', names: 'file', summary: 'folders in which jobs may name files; repeatable' },
  allow_host: { type: listType, default: [], value: '<name>', shown: 'none', summary: 'host names that requests may use, besides those of this machine; repeatable' },
  allow_user: { type: listType, default: [], value: '<name>', shown: 'none', summary: "users who may call without a token, besides root and the daemon's own; repeatable" },
  cors_origin: { type: listType, default: [], value: '<origin>', shown: 'none', summary: 'web pages that may call; repeatable' },
  log_level: { type: choiceType(['debug', 'info', 'warn', 'error', 'silent']), default: 'info', summary: 'lowest level that is logged; info has a line for each request' },
  bare_etags: { type: switchType, default: false, summary: 'send ETag without quotes' },
  watch: { type: listType, default: [], value: '<dir>', shown: 'none', names: 'file', summary: 'folders to watch, as cab watch does; repeatable' },
  grace: { type: durationType, default: 30_000, summary: 'time that running jobs have to end at a shutdown' },
  ui: { type: switchType, default: true, shown: 'on', summary: 'serve the page for browsers at /; --no-ui leaves it out' },
  open: { type: switchType, default: false, summary: 'open the page in the browser of this machine' },
});

/** What one caller may ask of the daemon, and for how long. */
export const limits = group(titled('serve', 'LIMIT'), {
  body_limit: { type: integerType(1024, 2_000_000_000), default: defaults.limits.bodyBytes, summary: 'most bytes of a submission' },
  entry_limit: { type: sizeType, default: defaults.upstream.mostBytes, value: '<1GiB>', shown: '1GiB', summary: 'largest result that another cab may send here' },
  header_limit: { type: integerType(1024, 1 << 20), default: defaults.limits.headerBytes, summary: 'most bytes of the headers of a request' },
  header_timeout: { type: durationType, default: defaults.limits.headersMs, summary: 'time within which the headers of a request must arrive' },
  request_timeout: { type: durationType, default: defaults.limits.requestMs, summary: 'time within which a whole request must arrive' },
  idle_timeout: { type: durationType, default: defaults.limits.idleMs, summary: 'an idle connection, or one whose client does not read, is closed after this time' },
  max_connections: { type: integerType(1, 1_000_000), default: defaults.limits.connections, summary: 'most open connections; more are closed' },
  max_held: { type: integerType(0, 1_000_000), default: defaults.limits.held, summary: 'most waits and event streams at the same time' },
  heartbeat: { type: durationType, default: defaults.limits.heartbeatMs, summary: 'time between comments on a quiet event stream; at most half of --idle-timeout' },
  retry_after: { type: durationType, default: defaults.limits.retryAfterS * 1000, summary: 'time that a client is asked to wait when the queue is full; whole seconds' },
});

/** What a collection leaves, for `cab gc` and for the daemon's own. */
export const gcPolicy = group(titled('gc', 'KEEPING'), {
  keep_last: { type: integerType(1, 1_000_000), default: defaults.gc.keepLast, summary: 'results of each track to keep' },
  keep_days: { type: daysType, default: defaults.gc.keepMs / dayMs, summary: 'days to keep entries after they were published or relied on' },
  track_days: { type: daysType, summary: 'remove tracks that got no result for this many days; without it tracks stay' },
  max_size: { type: sizeType, value: '<20GB>', summary: 'largest size of all entries; above it entries that only --keep-days keeps go too, least recently used first' },
  keep_jobs: { type: integerType(0, 1_000_000_000), default: defaults.gc.keepJobs, summary: 'ended jobs to keep on record' },
  keep_job_days: { type: daysType, default: defaults.gc.keepJobMs / dayMs, summary: 'days to keep an ended job on record' },
  quarantine_days: { type: daysType, summary: 'days to keep what is in quarantine; without it nothing there is deleted' },
});

/** What holds for one call of `cab gc`. */
export const gc = group('gc', {
  restore: { type: listType, value: '<key>', names: 'track', summary: 'bring this entry back from the trash, and collect nothing; CONFIG/SOURCE or a track; repeatable' },
  flush: { type: switchType, default: false, summary: 'only flush what jobs have just written, so that files alone can be copied; collect nothing' },
  dry_run: { type: switchType, default: false, char: 'n', summary: 'change nothing; say of each entry whether it would go, and why' },
  grace: { type: durationType, default: defaults.gc.graceMs, summary: trashed },
});

/** The daemon's own collections. `--grace` is what its jobs are given at a shut-down. */
export const servedGc = group(titled('serve', 'COLLECTION'), {
  gc_every: { type: durationType, value: '<1d>', summary: 'collect garbage as often as this, as cab gc does' },
  gc_grace: { type: durationType, default: defaults.gc.graceMs, summary: trashed },
});

/** What of a root is checked, how, and what is done with what is found. */
export const verify = group('verify', {
  quick: { type: switchType, default: false, summary: 'check names, sizes and manifests only; no artifact is read' },
  sample: { type: sampleType, value: '<5%|1/7>', summary: 'check a share of the entries: at random (5%), or one of equal parts (1/7)' },
  max_age: { type: ageType, summary: 'leave out entries that were found sound within this time' },
  jobs: { type: integerType(1, 256), default: availableParallelism(), char: 'j', shown: 'one a processor', summary: 'threads that read and hash' },
  repair: { type: switchType, default: false, summary: 'quarantine corrupt entries, repair manifests and pointers, remove leftovers' },
  rerun: { type: switchType, default: false, summary: 'with --repair: submit the jobs whose entries were lost' },
  recompute: { type: sampleType, value: '<1%|1/100>', summary: 'run the jobs of this share of the entries again, and compare' },
  junit: { type: pathType, value: '<file>', summary: 'write a JUnit report, for CI' },
  github: { type: switchType, default: false, summary: 'print annotations for GitHub Actions' },
});

/** The values may have a password. */
export const migrate = group('migrate', {
  to: { type: listType, default: [], value: '<place>', secret: true, shown: 'none', summary: 'where to: s3://bucket/prefix for entries, postgres://server/db for jobs, or a folder for both; repeatable' },
});

/** Groups as one list, in their order. */
export const listOf = (...groups: readonly Readonly<Record<string, Setting>>[]): Setting[] => groups.flatMap((group) => Object.values(group));

/** What holds for one call of `cab worker`. */
export const worker = group('worker', {
  drain: { type: switchType, default: false, summary: 'end when nothing is due' },
  max_jobs: { type: integerType(1, 1_000_000_000), value: '<n>', summary: 'end after so many jobs' },
  idle_exit: { type: durationType, value: '<5m>', summary: 'end when there was nothing to do for so long' },
});

/** What `cab config` shows, and a configuration file may hold. */
export const allSettings: readonly Setting[] = listOf(
  ...[store, daemon, upstream, runner, engine, job, after, run, explain, status, get, logs, cancel, retry, tracksRm, history, stats, spine, config, doctor, watch, serve, worker],
  ...[limits, servedGc, gcPolicy, gc, verify, migrate, { quiet }, output],
);
