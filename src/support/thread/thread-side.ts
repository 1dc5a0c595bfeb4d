import { parentPort } from 'node:worker_threads';
import { packError } from './packed-error.ts';
import type { ThreadAnswer } from './serial-thread.ts';

/**
 * Runs in the thread and answers the tasks of a SerialThread. `buffersOf` names the buffers of an answer that are transferred
 * instead of copied.
 */
export function answerTasks<Answer>(
  work: (ask: never) => Answer | Promise<Answer>,
  buffersOf: (answer: Answer) => readonly (Uint8Array | null | undefined)[] = () => [],
): void {
  const say = (said: ThreadAnswer<Answer>, transfer: readonly ArrayBuffer[] = []): void =>
    parentPort?.postMessage(said, transfer);
  parentPort?.on('message', (ask: unknown) => {
    void (async () => {
      try {
        const answer = await work(ask as never);
        say({ answer }, buffersOf(answer).flatMap(wholeBuffer));
      } catch (error) {
        say({ error: packError(error) });
      }
    })();
  });
}

/** A small buffer shares its memory with others, so it is copied. */
export const wholeBuffer = (bytes: Uint8Array | null | undefined): ArrayBuffer[] =>
  bytes?.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength
    ? [bytes.buffer]
    : [];
