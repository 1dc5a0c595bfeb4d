/**
 * `.cab/daemon.json`: which process serves this root, and where. Held by one living process (claimed-file.ts), so
 * that a root has one daemon; the address is null while the daemon starts, and while it closes.
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
  /** With `machine`, tells the process from another that got its pid; as of the queue's owners. */
  started: z.string(),
  machine: z.string(),
  /** `http://host:port` */
  url: z.nullable(z.string()),
  /** Path of a Unix socket that only the daemon's user can open. */
  socket: z.nullable(z.string()),
  version: z.string(),
  /** What it makes of a submission: who does the work, as a spec that holds in any process, and how files are named. */
  runner: z.string(),
  /** Null: the runner's. */
  artifact_name: z.nullable(z.string()),
  manifest_name: z.string(),
});

export type Daemon = z.infer<typeof daemonSchema>;

/** What a daemon says of itself before it listens. */
export type DaemonTraits = Pick<Daemon, 'version' | 'runner' | 'artifact_name' | 'manifest_name'>;

/** The right to be the daemon of a root. */
export interface DaemonClaim {
  /** Tells everyone where the daemon listens. */
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

/** Whether nobody holds the file any more: its daemon was killed, or no daemon has written it. */
export async function isLeftOver(text: string): Promise<boolean> {
  const daemon = parse(text);
  return daemon === undefined || !(await isDaemonAlive(daemon));
}

/** To be held before listening. @throws CabError daemon_running; what writing to the root may throw */
export async function claimDaemon(root: string, traits: DaemonTraits): Promise<DaemonClaim> {
  const { file, directory, temporary } = daemonPlaces(root);
  let daemon: Daemon = { ...currentOwner(), url: null, socket: null, ...traits };
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
      // Where someone removed the file by hand, what stands there now may be another daemon's.
      if ((await readClaim(file)) === textOf(daemon)) await rm(file, { force: true });
    },
  };
}

const textOf = (daemon: Daemon): string => `${JSON.stringify(daemon)}\n`;

/** Undefined for what no daemon has written. */
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

/** A process that cannot be seen from here, in another container say, is there if someone takes its calls. */
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
