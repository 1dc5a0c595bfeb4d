import type { LogStore } from '../../ports/log-store.ts';

/**
 * Copies the log of a job, from where the copy ends: a run that was cut off may have left the beginning. Of a log of several attempts
 * as much is copied as one attempt may write.
 */
export async function copyLog(from: LogStore, to: LogStore, job_id: string): Promise<void> {
  const { size } = await to.read(job_id, 0, 0);
  let piece = await from.read(job_id, size);
  if (piece.text === '') return;
  const copy = to.begin(job_id, 1);
  try {
    while (piece.text !== '') {
      copy.write(piece.text);
      piece = await from.read(job_id, piece.next);
    }
  } finally {
    await copy.close();
  }
}
