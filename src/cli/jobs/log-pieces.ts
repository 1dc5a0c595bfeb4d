import type { Broker } from '../../core/engine/broker.ts';
import type { LogPiece } from '../../core/model/job/log-piece.ts';

/** What was written so far, in pieces, from byte `from` on. */
export async function* logPieces(broker: Broker, id: string, from = 0): AsyncGenerator<LogPiece> {
  for (;;) {
    const piece = await broker.log(id, from);
    if (piece.text === '') return;
    yield piece;
    from = piece.next;
  }
}

/** Bytes: long enough for lines that someone reads. */
const tailLength = 4096;

/** The last lines of what was written. */
export async function logTail(broker: Broker, id: string, lines: number): Promise<string> {
  const { text } = await broker.log(id, -tailLength);
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}
