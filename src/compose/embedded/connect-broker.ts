/** Connects a program to a daemon, with the interface of a broker in its own process. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/json/issue.ts';
import { checkedBroker } from './checked-broker.ts';
import { connected, type ConnectedBroker } from './embedded-broker.ts';

export interface ConnectOptions {
  /** For example `http://127.0.0.1:8099`. */
  readonly url: string;
  /** The token, if the daemon wants one. */
  readonly token?: string;
  /** The socket of the daemon, `<root>/.cab/daemon.sock`. It is tried first. */
  readonly socket?: string;
  /** True: files are sent instead of named, because the daemon sees another disk. By default false. */
  readonly sendFiles?: boolean;
  /** How long waits, events and downloads wait for a daemon that restarts, in milliseconds; by default 30 s. */
  readonly reconnectMs?: number;
  /** Base of relative paths; by default the working directory. */
  readonly cwd?: string;
}

const optionsSchema = z.strictObject({
  url: z
    .string()
    .check(
      z.refine(
        (url) => /^https?:\/\//.test(url) && URL.canParse(url),
        'expected an http or https URL',
      ),
    ),
  token: z.optional(z.string()),
  socket: z.optional(z.string()),
  sendFiles: z.optional(z.boolean()),
  reconnectMs: z.optional(z.number().check(z.minimum(0))),
  cwd: z.optional(z.string()),
});

/** Sends nothing yet. The caller closes it. @throws CabError usage for an option that makes no sense */
export async function connectBroker(options: ConnectOptions): Promise<ConnectedBroker> {
  const parsed = optionsSchema.safeParse(options);
  if (!parsed.success) {
    const { field, problem } = issueOf(parsed.error);
    throw new CabError('usage', `${field || 'options'}: ${problem}`, { details: { field } });
  }
  const { url, token = null, socket = null, sendFiles = false, reconnectMs, cwd } = options;
  const { RemoteBroker } = await import('../../http/client/remote-broker.ts');
  const broker = new RemoteBroker({
    ...{ url, token, socket, sendFiles, cwd: cwd ?? process.cwd() },
    ...(reconnectMs !== undefined && { reconnectMs }),
  });
  return connected(checkedBroker(broker));
}
