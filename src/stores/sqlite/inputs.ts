import type { Queue } from './queue.ts';

/** Runs within the transaction that accepts the job. */
export const addInput = (queue: Queue, job: number, text: string): void =>
  queue.db.run('INSERT INTO inputs (job, text) VALUES (?, ?)', [job, text]);

/**
 * Runs within the transaction that ends the job as done. A failed or canceled job may run again,
 * so it keeps its input.
 */
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
