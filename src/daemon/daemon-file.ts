/**
 * `.cab/daemon.json`: which process serves this root, and its address. One living process holds the file
 * (claimed-file.ts), so a root has only one daemon. The address is null while the daemon starts and while it closes.
 */
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import * as z from 'zod/mini';
import { makeDirectory } from '../support/files/durable.ts';
import { guarded } from '../support/files/io-error.ts';
import { CabError } from '../core/model/errors.ts';
import { currentOwner, isAlive } from '../support/process/owner.ts';
import { claimFile, readClaim, replaceFile } from './claimed-file.ts';
import { daemonPlaces } from './daemon-places.ts';

const daemonSchema = z.object({
  pid: z.int(),
  /** With `machine`, tells the process from a later one with the same pid, as for owners of jobs. */
  started: z.string(),
  machine: z.string(),
  /** `http://host:port` */
  url: z.nullable(z.string()),
  /** Path of a Unix socket that only the daemon's user can open. */
  socket: z.nullable(z.string()),
  version: z.string(),
  /** The runner of submissions, as a spec that is valid in any process. */
  runner: z.string(),
  /** Name of the artifact. Null: the runner decides. */
  artifact_name: z.nullable(z.string()),
  manifest_name: z.string(),
  /** Where the entries are, if not in the root: `s3://bucket/prefix`. A daemon of an older cab says nothing. */
  store: z._default(z.nullable(z.string()), null),
  /** Where the jobs are, if not in the root: `postgres://server/database`, without a password. */
  queue: z._default(z.nullable(z.string()), null),
});

export type Daemon = z.infer<typeof daemonSchema>;

/** What a daemon publishes about itself before it listens. */
export type DaemonTraits = Pick<Daemon, 'version' | 'runner' | 'artifact_name' | 'manifest_name'> &
  Partial<Pick<Daemon, 'store' | 'queue'>>;

/** The right to be the daemon of a root. */
export interface DaemonClaim {
  /** Publishes where the daemon listens. */
  publish(address: Pick<Daemon, 'url' | 'socket'>): Promise<void>;
  /** Idempotent. */
  release(): Promise<void>;
}

/** The daemon that a file's text names, if it is alive and listens. */
export async function livingDaemon(text: string): Promise<Daemon | undefined> {
  const daemon = parse(text);
  if (daemon === undefined || (daemon.url === null && daemon.socket === null)) return undefined;
  return (await isDaemonAlive(daemon)) ? daemon : undefined;
}

/** Whether no process holds the file: its daemon is dead, or no daemon wrote it. */
export async function isLeftOver(text: string): Promise<boolean> {
  const daemon = parse(text);
  return daemon === undefined || !(await isDaemonAlive(daemon));
}

/** Must be held before the daemon listens. @throws CabError daemon_running, and errors of writing to the root */
export async function claimDaemon(root: string, traits: DaemonTraits): Promise<DaemonClaim> {
  const { file, directory, temporary } = daemonPlaces(root);
  let daemon: Daemon = {
    ...currentOwner(),
    url: null,
    socket: null,
    store: null,
    queue: null,
    ...traits,
  };
  const claimant = {
    text: textOf(daemon),
    temporary,
    isAlive: async (text: string) => !(await isLeftOver(text)),
  };
  const holder = await guarded(file, async () => {
    await makeDirectory(directory);
    await makeDirectory(temporary);
    return claimFile(file, claimant);
  });
  if (holder !== undefined) throw running(root, parse(holder));
  return {
    publish: async (address) => {
      daemon = { ...daemon, ...address };
      await guarded(file, () => replaceFile(file, textOf(daemon), temporary));
    },
    release: async () => {
      // If a user removed the file by hand, another daemon may have written the one that is there now.
      if ((await readClaim(file)) === textOf(daemon)) await rm(file, { force: true });
    },
  };
}

const textOf = (daemon: Daemon): string => `${JSON.stringify(daemon)}\n`;

/** Undefined for a text that no daemon wrote. */
function parse(text: string): Daemon | undefined {
  try {
    return daemonSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function isDaemonAlive(daemon: Daemon): Promise<boolean> {
  const alive = isAlive(daemon);
  return alive === 'unknown' ? answers(daemon) : alive;
}

/**
 * If the process cannot be seen from here, for example in another container, it is alive if
 * something accepts its calls.
 */
function answers({ socket, url }: Daemon): Promise<boolean> {
  if (socket === null && url === null) return Promise.resolve(false);
  const { hostname, port } = new URL(url ?? 'http://localhost');
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    const call = connect(socket === null ? { host, port: Number(port || 80) } : { path: socket });
    const end = (answered: boolean): void => {
      call.destroy();
      resolve(answered);
    };
    call.setTimeout(1000, () => end(false));
    call.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function running(root: string, daemon: Daemon | undefined): CabError {
  const { pid = null, url = null, socket = null } = daemon ?? {};
  const where = url ?? socket ?? 'about to listen, or closing';
  return new CabError(
    'daemon_running',
    `a daemon serves ${root} already: pid ${pid ?? 'unknown'}, ${where}`,
    { details: { pid, url, socket } },
  );
}
