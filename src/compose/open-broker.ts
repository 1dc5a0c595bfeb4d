/** The only place that chooses a broker. */
import { access, constants } from 'node:fs/promises';
import type { Broker } from '../core/engine/broker.ts';
import { layoutOf } from '../stores/local/layout.ts';
import { refuseFileAsRoot } from '../stores/local/root-directory.ts';
import { CabError, errnoOf } from '../core/model/errors.ts';
import type { LocalBroker } from '../core/engine/local-broker.ts';
import type { Daemon } from '../daemon/daemon-file.ts';
import { findDaemon } from '../daemon/find-daemon.ts';
import type { RemoteBrokerOptions } from '../http/client/remote-broker.ts';
import type { BrokerOnRootOptions } from './stores/broker-on-root.ts';
import { inThread } from './threads/publishing-thread.ts';
import { compileWebAssemblyLightly } from './threads/light-webassembly.ts';

/**
 * What a command does with the broker. `looking`: asks, and is done. `reading`: neither accepts nor runs jobs either, but
 * may go on for long. `accepting`: needs to know the runner, and runs nothing. `working`: runs the jobs that it submits.
 * `adopting`: runs those, and then what processes that died, or --enqueue, left behind.
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

/** Which daemon to talk to; the root's own where one is alive and nothing else is said. */
export interface DaemonChoice {
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** It goes to a daemon that was named, or over a socket, and to no address that was found beside the root. */
  readonly isTokenOfEnvironment: boolean;
  /** True: none. */
  readonly offline: boolean;
}

export interface BrokerOptions extends LocalOptions, DaemonChoice {
  /** True: the jobs are of a kind, which says who runs them. A daemon with another runner takes them as well. */
  readonly areOfKind: boolean;
}

export interface OpenedBroker {
  readonly broker: Broker;
  /** True: a daemon runs the jobs, and goes on without us. */
  readonly isRemote: boolean;
  /** Runs no more jobs: those that run are given the grace to end, and are handed back to the queue then. */
  readonly stop?: () => Promise<void>;
  /** For people who may take it that a daemon does the work. */
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
  // The silence may have been ours: this process may have been stopped, and its time run out meanwhile.
  if (needsDaemon && (await broker.answers(answersWithinMs))) return { broker, isRemote: true };
  await broker.close();
  if (needsDaemon) throw await silence(remote);
  return { ...(await openedHere(options)), ...silent(remote) };
}

/** A daemon that is stopped, or has more than enough to do, is not waited for: what only looks needs none, and the others say so. */
const answersWithinMs = 3000;

const silent = (remote: FoundDaemon): PassedOver => ({
  note: `note: the daemon at ${placeOf(remote)} does not answer, and is passed over; this is what the root itself says`,
});

/** Said before anything is sent: a stopped daemon carries out what waits in its socket when it goes on. */
async function silence(remote: FoundDaemon): Promise<CabError> {
  const { currentOwner } = await import('../support/process/owner.ts');
  const { daemon } = remote;
  // The pid of a process in another container names another process here.
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
  const { brokerOnRoot } = await import('./stores/broker-on-root.ts');
  const readOnly = part === 'looking' || part === 'accepting';
  if (!needsRunner(part))
    return brokerOnRoot({ ...options, work: 'none', readOnly, resolveRunner: noRunner });
  const { normalizeRunnerSpec, resolveRunner } = await import('./resolve-runner.ts');
  const { cwd, root, graceMs } = options;
  return brokerOnRoot({
    ...options,
    publisher: inThread(options),
    work: works[part],
    readOnly,
    runner: normalizeRunnerSpec(options.runner, cwd),
    resolveRunner: (spec) => resolveRunner(spec, { cwd, root, python, killGraceMs: graceMs }),
  });
}

/** Why the daemon of the root is passed over. */
interface PassedOver {
  readonly note: string;
}

interface FoundDaemon extends RemoteBrokerOptions {
  /** What stands beside the root; undefined for an address that was named. */
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
  if (other !== undefined) return passedOver(daemon, other);
  const socket = await ifOpen(daemon.socket);
  const isForHere = socket !== null || !options.isTokenOfEnvironment;
  const layout = layoutOf(root);
  return {
    ...{ url: daemon.url, socket, token: isForHere ? token : null, cwd, sendFiles: false, daemon },
    entryPlace: (key) => layout.entry(key),
  };
}

/** What the daemon would do in another way, if anything: that is for this process, the queue is the same. */
async function otherThan(daemon: Daemon, options: BrokerOptions): Promise<string | undefined> {
  if (!needsRunner(options.part)) return undefined;
  const { normalizeRunnerSpec } = await import('./resolve-runner.ts');
  if (!options.areOfKind && daemon.runner !== normalizeRunnerSpec(options.runner, options.cwd))
    return `another runner, ${daemon.runner}`;
  const { artifactName, manifestName } = options;
  const isSame = daemon.artifact_name === artifactName && daemon.manifest_name === manifestName;
  if (isSame) return undefined;
  const name = daemon.artifact_name ?? 'those of its runner';
  return `other file names, ${name}, ${daemon.manifest_name}`;
}

const passedOver = ({ url }: Daemon, other: string): PassedOver => ({
  note: `note: the daemon at ${url} has ${other}, and is passed over; --url ${url} takes it as it is, --offline says nothing of it`,
});

/** Whether the daemon sees other files than we do, as far as its address tells. */
async function isElsewhere(url: string): Promise<boolean> {
  const { isLoopbackHost } = await import('../http/server/options.ts');
  return URL.canParse(url) && !isLoopbackHost(new URL(url).hostname);
}

/** Another user's socket is closed to us; there may be an address beside it. */
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
