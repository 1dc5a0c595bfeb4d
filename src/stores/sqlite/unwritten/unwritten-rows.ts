/** The rows of `unwritten` (file/schema.ts). What happens between two of these calls is in core/engine/attempt/outcome/short-road.ts. */
import * as z from 'zod/mini';
import { parseManifest } from '../../../core/model/entry/manifest-file.ts';
import type { JobResult, RunningJob } from '../../../core/model/job/job.ts';
import type { LightEntry, LightFile } from '../../../core/ports/made-entry.ts';
import type {
  LeftEntry,
  UnwrittenEntries,
  Written,
} from '../../../core/ports/jobs/unwritten-entries.ts';
import type { Manifest } from '../../../core/model/entry/manifest.ts';
import { CabError, isCabError } from '../../../core/model/errors.ts';
import { currentOwner } from '../../../support/process/owner.ts';
import { runningJobOf } from '../../rows/job-row.ts';
import { json, keyColumns, nullableText, ownerOf, ownerText, parsed } from '../../rows/rows.ts';
import { ifReadable } from '../../rows/damaged-rows.ts';
import { timeOf, type Queue } from '../queue.ts';
import { leave, owned } from '../settlements.ts';
import { dropTrailing } from '../tracks/pointers-to-follow.ts';
import { UnwrittenMark } from './unwritten-mark.ts';

export class UnwrittenRows implements UnwrittenEntries {
  readonly #queue: Queue;
  readonly #mark: UnwrittenMark;

  constructor(queue: Queue) {
    this.#queue = queue;
    this.#mark = new UnwrittenMark(queue.db.file);
  }

  async keep(job: RunningJob, entry: LightEntry, patienceMs?: number): Promise<number | undefined> {
    const { db } = this.#queue;
    const { id, epoch, owner, spec } = job;
    const values = [...placesOf(entry), id, epoch, spec.track_id, ownerText(owner)];
    for (;;) {
      await this.#mark.make();
      const kept = await db.write(() => {
        if (!this.#mark.stands()) return 'no mark';
        if (owned(this.#queue, job) === undefined) return undefined;
        return db.insert(insertSql, [...values, timeOf(this.#queue).boot]);
      }, patienceMs);
      if (kept !== 'no mark') return kept;
    }
  }

  conclude(job: RunningJob, result: JobResult): Promise<boolean> {
    return this.#queue.db.writeSoftly(() => {
      if (owned(this.#queue, job) === undefined) return false;
      leave(this.#queue, job, { state: 'done', result, cached: false });
      return true;
    });
  }

  /**
   * Waits for the disk, and with it for the ends of these jobs. Suppose a loss of power undid that, but not the removal of the
   * mark that follows: jobs that were told `done` would be running again, and nobody who only reads would look for their rows.
   */
  drop(written: readonly Written[]): Promise<void> {
    const { db } = this.#queue;
    return db.write(() => {
      for (const { row, job_id } of written) {
        db.run('DELETE FROM unwritten WHERE seq = ?', [row]);
        if (job_id !== null) dropTrailing(this.#queue, job_id);
      }
    });
  }

  isAnyLeft(): Promise<boolean> {
    const { db } = this.#queue;
    return db.read(() => {
      let last = '';
      for (;;) {
        const writer = db.value(nextWriterSql, [last]);
        if (typeof writer !== 'string') return false;
        if (this.#isDead(writer) !== false) return true;
        last = writer;
      }
    });
  }

  left(after: number, limit: number, all = false): Promise<readonly LeftEntry[]> {
    const { db } = this.#queue;
    return db.read(() => {
      const found: LeftEntry[] = [];
      for (const row of db.iterate(rowsSql, { after })) {
        const left = this.#leftEntry(row, all);
        if (left !== undefined && found.push(left) === limit) break;
      }
      return found;
    });
  }

  count(): Promise<number> {
    return this.#queue.db.read(() =>
      Number(this.#queue.db.value('SELECT count(*) FROM unwritten')),
    );
  }

  async isOfThisBoot(): Promise<boolean> {
    return !this.#mark.isOfOtherBoot();
  }

  async release(): Promise<void> {
    const { db } = this.#queue;
    if (!this.#mark.stands()) return;
    await db.writeSoftly(() => {
      if (db.value('SELECT 1 FROM unwritten LIMIT 1') === undefined) this.#mark.remove();
    });
  }

  /** Undefined if somebody who lives goes on with it. */
  #leftEntry(row: unknown, all: boolean): LeftEntry | undefined {
    const { seq, job_id } = parsed(this.#queue, namedRow, row);
    const columns = ifReadable(() => parsed(this.#queue, unwrittenRow, row));
    const damaged = { row: seq, job_id, track_id: null, running: undefined, isOfOtherBoot: true };
    if (columns instanceof CabError) return { ...damaged, entry: columns };
    const { track_id, epoch, writer, boot } = columns;
    const dead = this.#isDead(writer);
    if (dead === false && !all) return undefined;
    const held = this.#queue.db.get(runningSql, { job_id, epoch });
    // A worker of another container may still be at it. When its lease has run out, the job goes to somebody else.
    if (held !== undefined && dead !== true) return undefined;
    const running =
      held === undefined ? undefined : ifReadable(() => runningJobOf(this.#queue, held));
    return {
      ...{ row: seq, job_id, track_id, entry: ifReadable(() => this.#entryOf(columns)) },
      running: running instanceof CabError ? undefined : running,
      isOfOtherBoot: boot !== timeOf(this.#queue).boot,
    };
  }

  #isDead(writer: string): boolean | 'unknown' {
    if (writer === ownerText(currentOwner())) return false;
    const owner = ifReadable(() => ownerOf(this.#queue, writer));
    if (owner instanceof CabError) return true;
    const alive = this.#queue.isAlive(owner);
    return alive === 'unknown' ? alive : !alive;
  }

  #entryOf(columns: UnwrittenRow): LightEntry {
    const { config_hash, source_hash, artifact, manifest, mode, sizes, bytes } = columns;
    const files: LightFile[] = [];
    let at = 0;
    for (const [path, size] of sizes) {
      files.push({ path, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
    const place = `${this.#queue.place}, row ${columns.seq} of unwritten`;
    const written = files.find(({ path }) => path === manifest)?.bytes ?? Buffer.alloc(0);
    return {
      ...{ key: { config_hash, source_hash }, artifact, manifestName: manifest, mode, files },
      manifest: manifestIn(written, place),
    };
  }
}

/** @throws CabError queue_unreadable */
function manifestIn(bytes: Uint8Array, place: string): Manifest {
  try {
    return parseManifest(Buffer.from(bytes), place);
  } catch (error) {
    if (!isCabError(error, 'manifest_invalid')) throw error;
    throw new CabError('queue_unreadable', `${place}: ${error.message}`, { cause: error });
  }
}

const placesOf = ({ key, artifact, manifestName, mode, files }: LightEntry) => [
  key.config_hash,
  key.source_hash,
  artifact,
  manifestName,
  mode,
  JSON.stringify(files.map(({ path, bytes }) => [path, bytes.length])),
  Buffer.concat(files.map(({ bytes }) => bytes)),
];

const insertSql = `INSERT INTO unwritten (config_hash, source_hash, artifact, manifest, mode, sizes,
    bytes, job_id, epoch, track_id, writer, boot)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const nextWriterSql = `SELECT writer FROM unwritten INDEXED BY unwritten_by_writer
  WHERE writer > ? ORDER BY writer LIMIT 1`;
const rowsSql = 'SELECT * FROM unwritten WHERE seq > @after ORDER BY seq';
const runningSql = `SELECT * FROM jobs WHERE id = @job_id AND state = 'running' AND epoch = @epoch`;

const namedRow = z.object({ seq: z.int(), job_id: z.string() });

const unwrittenRow = z.object({
  ...{ seq: z.int(), job_id: z.string(), epoch: z.int(), track_id: nullableText },
  ...{ writer: z.string(), boot: z.string(), ...keyColumns },
  ...{ artifact: z.string(), manifest: z.string(), mode: z.int() },
  sizes: json(z.array(z.tuple([z.string(), z.int()]))),
  bytes: z.custom<Buffer>((value) => Buffer.isBuffer(value), 'expected bytes'),
});
type UnwrittenRow = z.infer<typeof unwrittenRow>;
