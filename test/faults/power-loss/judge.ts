/**
 * What must hold of a root after a loss of power: whatever was said before it is true after it. Looks at the root as its next
 * user does, then at the tree with none of the project's code (helpers/tree.ts), then lets the work go on.
 */
import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Broker } from '../../../src/core/engine/broker.ts';
import { isCabError } from '../../../src/core/model/errors.ts';
import type { JobDocument } from '../../../src/core/model/job/job-document.ts';
import { openBroker } from '../../../src/index.ts';
import { inspectTree } from '../../helpers/tree.ts';
import { runner } from './recorded-run.ts';

/** The last status that was said of each job. */
export type Said = ReadonlyMap<string, string>;

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}';
const inDocuments = new RegExp(`"job_id":"(${uuid})","status":"(\\w+)"`, 'g');

/** Adds what a text to the outside says of jobs. */
export function listen(said: Map<string, string>, text: string): void {
  for (const [, job = '', status = ''] of text.matchAll(inDocuments)) said.set(job, status);
}

const hasEnded = (status: string): boolean => ['done', 'error', 'canceled'].includes(status);

/** What is wrong, in words. */
export async function judge(root: string, said: Said, finish: boolean): Promise<string[]> {
  // The first process that opens the root writes through what the job store keeps.
  const found = await withBroker(root, 'none', (broker) => lookAtAll(broker, said));
  const { wrong } = await inspectTree(root);
  const later = finish ? await finishWork(root, said) : [];
  return [...wrong, ...found, ...later.map((text) => `after the work went on: ${text}`)];
}

async function lookAtAll(broker: Broker, said: Said): Promise<string[]> {
  const wrong: string[] = [];
  for (const [job_id, status] of said) wrong.push(...(await lookAt(broker, job_id, status)));
  for (const { track_id, config_hash, source_hash } of (await broker.tracks()).tracks)
    wrong.push(...(await readBack(broker, { config_hash, source_hash }, `track ${track_id}`)));
  return wrong;
}

async function finishWork(root: string, said: Said): Promise<string[]> {
  const found = await withBroker(root, 'all', async (broker) => {
    // Whatever is left to do, a worker begins: it also clears away what was left over.
    const { job_id } = await broker.submit({ features_text: '{"n":"next"}' });
    await broker.idle();
    return lookAtAll(broker, new Map([...said.keys(), job_id].map((id) => [id, 'done'])));
  });
  const { wrong, leftovers } = await inspectTree(root);
  return [...found, ...wrong, ...leftovers.filter(isOfAttempt).map((name) => `left over: ${name}`)];
}

/** A temporary file of another boot may be that of another machine, so it stays for a day. */
const isOfAttempt = (name: string): boolean => !/^[0-9a-f]{12}-/.test(name);

/** A root that cannot be used at all is as wrong as one that lost something. */
async function withBroker(
  root: string,
  work: 'all' | 'none',
  use: (broker: Broker) => Promise<string[]>,
): Promise<string[]> {
  try {
    const broker = await openBroker({ root, runner, work, concurrency: 4 });
    try {
      return await use(broker);
    } finally {
      await broker.close();
    }
  } catch (error) {
    if (isCabError(error)) return [error.message];
    throw error;
  }
}

async function lookAt(broker: Broker, job_id: string, status: string): Promise<string[]> {
  const job = await broker.job(job_id).catch((error: unknown) => String(error));
  if (typeof job === 'string') return [`job ${job_id}, said to be ${status}: ${job}`];
  if (hasEnded(status) && job.status !== status)
    return [`job ${job_id}, said to be ${status}, is ${job.status}`];
  if (job.status !== 'done') return [];
  const wrong = await readBack(broker, keyOf(job), `job ${job_id}`);
  // Whoever was told that a job is done may ask for its track from then on.
  if (status !== 'done' || job.track_id === null) return wrong;
  return [...wrong, ...(await missingPointer(broker, job.track_id, job_id))];
}

/** Jobs of one track pass each other, so that the pointer may lead to another one's entry, which is read back above. */
async function missingPointer(broker: Broker, track: string, job_id: string): Promise<string[]> {
  try {
    await broker.pointer(track);
    return [];
  } catch (error) {
    return [`track ${track} of job ${job_id}, said to be done, has no pointer: ${String(error)}`];
  }
}

const keyOf = ({ config_hash, source_hash }: JobDocument) => ({ config_hash, source_hash });

/** The runner copies, and the inputs are in their canonical form: the artifact's digest is the source's. */
async function readBack(
  broker: Broker,
  key: { config_hash: string; source_hash: string },
  what: string,
): Promise<string[]> {
  try {
    const bytes = await buffer((await broker.open(key)).stream());
    const digest = createHash('sha256').update(bytes).digest('hex');
    return digest === key.source_hash ? [] : [`${what}: other bytes than were computed`];
  } catch (error) {
    return [`${what}: ${String(error)}`];
  }
}
