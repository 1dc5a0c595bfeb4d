/** A daemon from a program: the same interface as a broker of its own. */
import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/issue.ts';
import { checkedBroker } from '../checked-broker.ts';
import { embedded, type EmbeddedBroker } from './embedded-broker.ts';

export interface ConnectOptions {
  /** Such as `http://127.0.0.1:8099`. */
  readonly url: string;
  /** If the daemon asks for one. */
  readonly token?: string;
  /** Its socket, `<root>/.cab/daemon.sock`, tried first. */
  readonly socket?: string;
  /** Files are sent, not named: the daemon sees another disk. False where not given. */
  readonly sendFiles?: boolean;
  /** How long waits, events and downloads bear with a daemon that is being restarted, in milliseconds; 30 s where not given. */
  readonly reconnectMs?: number;
  /** What relative paths are relative to; the working directory where not given. */
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

/** Asks nothing yet. The caller closes it. @throws CabError usage for an option that makes no sense */
export async function connectBroker(options: ConnectOptions): Promise<EmbeddedBroker> {
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
  return embedded(checkedBroker(broker));
}
