import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import type { Services } from '../services.ts';

/** What the command reads, whole: it is a part of the key. */
export async function standardInput(stdin: Services['stdin']): Promise<Uint8Array> {
  if (stdin.isTTY === true)
    throw new CabError('usage', '--stdin: standard input is a terminal', {
      hint: 'Hand it a file or a pipe: cab run --stdin … < FILE',
    });
  return buffer(stdin);
}

/** Passes on what a command wrote, no faster than it is read; nothing once the signal is aborted, or the reader has gone. */
export async function passOn(
  stream: NodeJS.WritableStream,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const isAborted = (): boolean => signal.aborted;
  if (isAborted() || stream.write(bytes)) return;
  try {
    await once(stream, 'drain', { signal });
  } catch (error) {
    // The interruption listens for both, and ends the command.
    if (!isAborted() && errnoOf(error) !== 'EPIPE') throw error;
  }
}
