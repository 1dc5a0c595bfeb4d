import type { Queue } from './queue.ts';

/** Within the transaction that accepts the job. */
export const addInput = (queue: Queue, job: number, text: string): void =>
  queue.db.run('INSERT INTO inputs (job, text) VALUES (?, ?)', [job, text]);

/** Within the transaction that ends the job well: one that failed or was canceled may be run again. */
export const dropInput = (queue: Queue, job: number): void =>
  queue.db.run('DELETE FROM inputs WHERE job = @job', { job });

export const inputOf = (queue: Queue, id: string): Promise<string | undefined> =>
  queue.db.read(() => {
    const text = queue.db.value(
      'SELECT text FROM inputs WHERE job = (SELECT seq FROM jobs WHERE id = @id)',
      { id },
    );
    return typeof text === 'string' ? text : undefined;
  });
