import type { Queue } from '../queue.ts';
import type { Transaction } from '../database/database.ts';
import { columnsOf, soughtId } from '../columns.ts';

/** Within the transaction that accepts the jobs. As bytes: text may hold NUL. */
export async function addInputs(
  turn: Transaction,
  inputs: readonly { readonly seq: number; readonly text: string }[],
): Promise<void> {
  if (inputs.length === 0) return;
  await turn.query(
    addSql,
    columnsOf(
      inputs,
      ({ seq }) => seq,
      ({ text }) => Buffer.from(text),
    ),
  );
}

const addSql = `INSERT INTO inputs (job, content)
  SELECT * FROM unnest($1::bigint[], $2::bytea[])`;

export async function inputOf({ db }: Queue, id: string): Promise<string | undefined> {
  const [row] = await db.run(inputSql, [soughtId(id)]);
  const content = row?.['content'];
  return Buffer.isBuffer(content) ? content.toString() : undefined;
}

const inputSql = `SELECT content FROM inputs WHERE job = (SELECT seq FROM jobs WHERE id = $1)`;
