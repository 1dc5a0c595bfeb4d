/** Chooses the broker: a daemon, or this process. Nothing else does. */
import { access, constants } from 'node:fs/promises';
import type { Broker } from '../core/engine/broker.ts';
import { runnerName } from '../core/model/runner/runner-name.ts';
import { layoutOf } from '../stores/local/layout.ts';
import { refuseFileAsRoot } from '../stores/local/root-directory.ts';
import { CabError, errnoOf } from '../core/model/errors.ts';
import type { LocalBroker } from '../core/engine/local-broker.ts';
import type { Daemon } from '../daemon/daemon-file.ts';
import { findDaemon } from '../daemon/find-daemon.ts';
import type { RemoteBrokerOptions } from '../http/client/remote-broker.ts';
import type { BrokerOnRootOptions } from './stores/broker-on-root.ts';
import { queueName } from './stores/job-access.ts';
import { resultsOf } from './stores/results-of.ts';
import { publishing } from './threads/publishing-thread.ts';
import { compileWebAssemblyLightly } from './threads/light-webassembly.ts';

/**
 * What a command does with the broker. `looking`: reads briefly. `reading`: reads for a longer time. `accepting`: submits
 * jobs and runs none; needs the runner. `working`: runs the jobs that it submits. `adopting`: runs those, and then jobs
 * that dead processes or --enqueue left.
 */
export type BrokerPart = 'looking' | 'reading' | 'accepting' | 'working' | 'adopting';

const works = {
  looking: 'none',
  reading: 'none',
  accepting: 'none',
  working: 'own',
  adopting: 'adopt',
} as const;

export const needsRunner = (part: BrokerPart): boolean =>
  part === 'accepting' || works[part] !== 'none';

export interface LocalOptions extends Omit<
  BrokerOnRootOptions,
  'resolveRunner' | 'objects' | 'work' | 'readOnly' | 'cwd'
> {
  readonly part: BrokerPart;
  readonly cwd: string;
  /** The program that runs Python runners. */
  readonly python: string;
}

/** Which daemon to use; by default the one of the root, if it is alive. */
export interface DaemonChoice {
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** The token is sent to a daemon that was named, or over a socket, and never to an address that was found in the root. */
  readonly isTokenOfEnvironment: boolean;
  /** True: use no daemon. */
  readonly offline: boolean;
}

export interface BrokerOptions extends LocalOptions, DaemonChoice {
  /** True: the call names no runner, or its jobs are of a kind, which says who runs them. A daemon takes them, whatever runner it has. */
  readonly takesAnyRunner: boolean;
}

export interface OpenedBroker {
  readonly broker: Broker;
  /** True: a daemon runs the jobs, and continues after this process. */
  readonly isRemote: boolean;
  /** Stops running jobs. Running ones have the grace to end, and then go back to the queue. */
  readonly stop?: () => Promise<void>;
  /** A note for users who expect that a daemon does the work. */
  readonly note?: string;
}

export async function openBroker(options: BrokerOptions): Promise<OpenedBroker> {
  const remote = await remoteOptions(options);
  if (remote === undefined || 'note' in remote)
    return { ...(await openedHere(options)), ...remote };
  compileWebAssemblyLightly();
  const { RemoteBroker } = await import('../http/client/remote-broker.ts');
  const broker = new RemoteBroker(remote);
  if (await broker.answers(answersWithinMs)) return { broker, isRemote: true };
  const needsDaemon = options.url !== undefined || needsRunner(options.part);
  // This process itself may have been stopped, so that its time ran out.
  if (needsDaemon && (await broker.answers(answersWithinMs))) return { broker, isRemote: true };
  await broker.close();
  if (needsDaemon) throw await silence(remote);
  return { ...(await openedHere(options)), ...silent(remote) };
}

/** A daemon that is stopped or overloaded is not waited for. Commands that only read work without it, and the others report it. */
const answersWithinMs = 3000;

const silent = (remote: FoundDaemon): PassedOver => ({
  note: `note: the daemon at ${placeOf(remote)} does not answer, and is passed over; this is what the root itself says`,
});

/** Reported before anything is sent: a stopped daemon would carry out what waits in its socket when it continues. */
async function silence(remote: FoundDaemon): Promise<CabError> {
  const { currentOwner } = await import('../support/process/owner.ts');
  const { daemon } = remote;
  // A pid of another container names another process here.
  const pid = daemon?.machine === currentOwner().machine ? daemon.pid : undefined;
  const place = placeOf(remote);
  const known = pid === undefined ? '' : `, pid ${pid},`;
  const goOn = pid === undefined ? '' : `; continue it if it is stopped: kill -CONT ${pid}`;
  return new CabError('daemon_unreachable', `the daemon at ${place}${known} does not answer`, {
    hint: `Nothing was sent to it. See what holds it up, or restart it${goOn}; or work without it: --offline`,
    details: { url: place, ...(pid !== undefined && { pid }) },
  });
}

const placeOf = ({ url, socket }: FoundDaemon): string => url ?? `unix:${socket ?? ''}`;

async function openedHere(options: LocalOptions): Promise<OpenedBroker> {
  const broker = await openLocalBroker(options);
  return { broker, isRemote: false, stop: () => broker.stop() };
}

export async function openLocalBroker({
  part,
  python,
  ...options
}: LocalOptions): Promise<LocalBroker> {
  if (!needsRunner(part)) refuseFileAsRoot(options.root);
  const { brokerOnRoot, openSharedRoot } = await import('./stores/broker-on-root.ts');
  const makeResults = await resultsOf(options);
  const opened = (all: BrokerOnRootOptions): LocalBroker =>
    brokerOnRoot(all, openSharedRoot(all, makeResults));
  const readOnly = part === 'looking' || part === 'accepting';
  if (!needsRunner(part))
    return opened({ ...options, work: 'none', readOnly, resolveRunner: noRunner });
  const { normalizeRunnerSpec, resolverOf } = await import('./resolve-runner.ts');
  return opened({
    ...options,
    ...publishing(options),
    work: works[part],
    readOnly,
    runner: normalizeRunnerSpec(options.runner, options.cwd),
    resolveRunner: resolverOf({ ...options, python }),
  });
}

/** Why the daemon of the root is not used. */
interface PassedOver {
  readonly note: string;
}

interface FoundDaemon extends RemoteBrokerOptions {
  /** The record in the root; undefined for an address that was named. */
  readonly daemon?: Daemon;
}

async function remoteOptions(
  options: BrokerOptions,
): Promise<FoundDaemon | PassedOver | undefined> {
  const { offline, url, token = null, root, cwd } = options;
  if (offline) return undefined;
  if (url !== undefined) return { url, token, cwd, sendFiles: await isElsewhere(url) };
  const daemon = await findDaemon(root);
  if (daemon === undefined) return undefined;
  const other = await otherThan(daemon, options);
  if (other !== undefined) {
    refuseUnseen(daemon, options, other);
    return { note: `note: ${other}` };
  }
  const socket = await ifOpen(daemon.socket);
  const isForHere = socket !== null || !options.isTokenOfEnvironment;
  const layout = layoutOf(root);
  return {
    ...{ url: daemon.url, socket, token: isForHere ? token : null, cwd, sendFiles: false, daemon },
    ...(daemon.store === null && { entryPlace: (key) => layout.entry(key) }),
  };
}

/**
 * Work that is done here, on a queue or a store that the daemon does not have, would be seen by nobody who asks the daemon.
 * @throws CabError usage
 */
function refuseUnseen(daemon: Daemon, { queue, store }: BrokerOptions, why: string): void {
  const unnamed = [
    ...(queue === undefined && daemon.queue !== null ? [`its jobs in ${daemon.queue}`] : []),
    ...(store === undefined && daemon.store !== null ? [`its entries in ${daemon.store}`] : []),
  ];
  if (unnamed.length === 0) return;
  throw new CabError(
    'usage',
    `the daemon of this root keeps ${unnamed.join(' and ')}, which this call does not name; ${why}`,
    {
      hint: 'Name the same (CAB_QUEUE, CAB_STORE), or another root (--cas-root), or let the daemon do it with its own runner.',
      details: { queue: daemon.queue, store: daemon.store },
    },
  );
}

/** What the daemon would do differently, if anything. Then this process does the work, on the same queue. */
async function otherThan(daemon: Daemon, options: BrokerOptions): Promise<string | undefined> {
  // A command that names no store takes what the daemon has.
  const url = options.store?.url;
  if (url !== undefined && url !== daemon.store)
    return `this process does the work: the daemon at ${daemon.url} keeps its entries in ${daemon.store ?? 'the root'}, not in ${url}`;
  const queue = options.queue && queueName(options.queue);
  if (queue !== undefined && queue !== daemon.queue)
    return `this process does the work: the daemon at ${daemon.url} keeps its jobs in ${daemon.queue ?? 'the root'}, not in ${queue}`;
  if (!needsRunner(options.part)) return undefined;
  const { normalizeRunnerSpec } = await import('./resolve-runner.ts');
  const runner = normalizeRunnerSpec(options.runner, options.cwd);
  if (!options.takesAnyRunner && daemon.runner !== runner)
    return `${runnerName(runner)} runs in this process: the daemon at ${daemon.url} runs ${runnerName(daemon.runner)}`;
  const { artifactName, manifestName } = options;
  const isSame = daemon.artifact_name === artifactName && daemon.manifest_name === manifestName;
  if (isSame) return undefined;
  const name = daemon.artifact_name ?? 'those of its runner';
  return `this process does the work: the daemon at ${daemon.url} has other file names, ${name}, ${daemon.manifest_name}`;
}

/** Whether the daemon sees other files than this process, judged by its address. */
async function isElsewhere(url: string): Promise<boolean> {
  const { isLoopbackHost } = await import('../http/server/options.ts');
  return URL.canParse(url) && !isLoopbackHost(new URL(url).hostname);
}

/** The socket of another user is closed to this process; there may be an address besides. */
async function ifOpen(socket: string | null): Promise<string | null> {
  if (socket === null) return null;
  try {
    await access(socket, constants.W_OK);
    return socket;
  } catch (error) {
    if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function noRunner(spec: string): never {
  throw new TypeError(`the broker was opened for reading, and cannot resolve ${spec}`);
}
