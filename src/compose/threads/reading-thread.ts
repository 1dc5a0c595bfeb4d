/**
 * Reads and hashes large inputs of a daemon in threads. In the thread that answers requests, a body of 60 MB would
 * delay all others for seconds. Bodies and files have a thread each, so that many bodies do not delay the inputs of
 * jobs. A process without large inputs starts neither thread.
 */
import { stat } from 'node:fs/promises';
import { CabError, errnoOf, isCabError, isError } from '../../core/model/errors.ts';
import { hashInput, type HashInput } from '../../core/hashing/hash-input.ts';
import { isLocked } from '../../support/files/locked-files.ts';
import { DigestedInput } from '../../core/model/request/digested-input.ts';
import { unpackError } from '../../support/thread/packed-error.ts';
import { SerialThread } from '../../support/thread/serial-thread.ts';
import { wholeBuffer } from '../../support/thread/thread-side.ts';
import type { ServerOptions } from '../../http/server/options.ts';
import type {
  PackedInput,
  ReadingAnswer,
  ReadingTask,
} from '../../http/server/submission/reading-worker.ts';
import { builtFile } from '../../support/thread/built-file.ts';

export interface ReadingThreads {
  readonly readBody: NonNullable<ServerOptions['readBody']>;
  readonly hashInput: HashInput;
  close(): Promise<void>;
}

/** Bytes. Smaller files are hashed fast enough in the main thread. */
const largeFile = 256 << 10;
/** How many bodies may wait. Each is held in memory. */
const mostWaiting = 32;

export function readingThreads(): ReadingThreads {
  const thread = () =>
    new SerialThread<ReadingTask, ReadingAnswer>(() => builtFile('workers/reading.cjs'));
  const [bodies, files] = [thread(), thread()];
  return {
    readBody: async (body, unknown, signal) => {
      if (bodies.waiting >= mostWaiting)
        throw new CabError('server_busy', `${mostWaiting} large bodies wait to be read already`);
      const answer = await bodies.ask({ body, unknown }, { transfer: wholeBuffer(body), signal });
      if ('hashed' in answer) throw new TypeError('a body was read as a file');
      return { ...answer, input: answer.input && unpacked(answer.input) };
    },
    hashInput: async (path, format, signal, fence) => {
      const isElsewhere = fence !== undefined && fence.roots === undefined;
      if (isElsewhere || !(await isLarge(path))) return hashInput(path, format, signal, fence);
      const answer = await files.ask({ path, format, roots: fence?.roots }, { signal });
      if ('hashed' in answer) return answer.hashed;
      throw new TypeError('a file was read as a body');
    },
    close: async () => {
      await Promise.all([bodies.close(), files.close()]);
    },
  };
}

const unpacked = ({ json, ...input }: PackedInput): DigestedInput => {
  const hash = typeof json === 'string' ? json : unpackError(json);
  if (isError(hash) && !isCabError(hash)) throw hash;
  return new DigestedInput({ ...input, json: hash });
};

/** Files that cannot be opened, and files that this process has locked, are refused in the caller's own thread. */
async function isLarge(path: string): Promise<boolean> {
  if (isLocked(path)) return false;
  try {
    const stats = await stat(path);
    return stats.isFile() && stats.size > largeFile;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}
