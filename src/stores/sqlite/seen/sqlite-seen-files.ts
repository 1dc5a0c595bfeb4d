/** The table of files that were seen in one folder, in watch.db. */
import * as z from 'zod/mini';
import { CabError } from '../../../core/model/errors.ts';
import type {
  Intent,
  Outcome,
  SeenFile,
  SeenFiles,
  SeenState,
} from '../../../core/ports/seen-files.ts';
import { currentOwner, isAlive } from '../../../support/process/owner.ts';
import type { Database, Values } from '../database/database.ts';
import { openSeenDatabase } from './seen-database.ts';

const seenFileSchema = z.object({
  id: z.int(),
  path: z.string(),
  state: z.enum(['submitting', 'submitted', 'done', 'failed']),
  fingerprint: z.string(),
  track_id: z.string(),
  run_id: z.string(),
  job_id: z.nullable(z.string()),
  source_hash: z.nullable(z.string()),
  error: z.nullable(z.string()),
});

const ownerSchema = z.object({ machine: z.string(), pid: z.int(), started: z.string() });
const countSchema = z.object({ state: seenFileSchema.shape.state, files: z.int() });

export class SqliteSeenFiles implements SeenFiles {
  readonly #db: Database;
  readonly #folder: number;

  /** Takes the folder for this process, as `OpenSeenFiles` states. Creates the file if it is not there. */
  static async open(file: string, folder: string): Promise<SqliteSeenFiles> {
    const db = await openSeenDatabase(file);
    try {
      return new SqliteSeenFiles(db, await db.write(() => take(db, folder)));
    } catch (error) {
      await db.close();
      throw error;
    }
  }

  private constructor(db: Database, folder: number) {
    this.#db = db;
    this.#folder = folder;
  }

  find(path: string): Promise<SeenFile | undefined> {
    return this.#db.read(() =>
      z
        .optional(seenFileSchema)
        .parse(this.#db.get(`${select} AND path = @path`, this.#values({ path }))),
    );
  }

  list(state: SeenState, limit: number, after = ''): Promise<readonly SeenFile[]> {
    const sql = `${select} AND state = @state AND path > @after ORDER BY path LIMIT +@limit`;
    return this.#rows(sql, { state, limit, after });
  }

  submitted(limit: number): Promise<readonly SeenFile[]> {
    return this.#rows(`${select} AND state = 'submitted' ORDER BY job_id LIMIT +@limit`, { limit });
  }

  resting(limit: number, after: number): Promise<readonly SeenFile[]> {
    // The plus keeps the planner from an index with which it would sort all files for every page.
    const sql = `${columns} WHERE +folder = @folder AND +state IN ('done', 'failed') AND id > @after
      ORDER BY id LIMIT +@limit`;
    return this.#rows(sql, { limit, after });
  }

  async counts(): Promise<Readonly<Record<SeenState, number>>> {
    const sql = 'SELECT state, count(*) AS files FROM files WHERE folder = @folder GROUP BY state';
    const rows = await this.#db.read(() => this.#db.all(sql, this.#values({})));
    const counts = { submitting: 0, submitted: 0, done: 0, failed: 0 };
    for (const { state, files } of z.array(countSchema).parse(rows)) counts[state] = files;
    return counts;
  }

  intend({ path, fingerprint, track_id, run_id }: Intent): Promise<void> {
    return this.#write(
      `INSERT INTO files (folder, path, state, fingerprint, track_id, run_id)
       VALUES (@folder, @path, 'submitting', @fingerprint, @track_id, @run_id)
       ON CONFLICT (folder, path) DO UPDATE SET state = 'submitting', fingerprint = @fingerprint,
         track_id = @track_id, run_id = @run_id, job_id = NULL, source_hash = NULL, error = NULL`,
      { path, fingerprint, track_id, run_id },
    );
  }

  settle({ path, run_id, state, job_id, source_hash, error }: Outcome): Promise<void> {
    return this.#write(
      `UPDATE files SET state = @state, error = @error, job_id = coalesce(@job_id, job_id),
         source_hash = coalesce(@source_hash, source_hash)
       WHERE folder = @folder AND path = @path AND run_id = @run_id`,
      {
        path,
        run_id,
        state,
        job_id: job_id ?? null,
        source_hash: source_hash ?? null,
        error: error ?? null,
      },
    );
  }

  restamp(path: string, fingerprint: string): Promise<void> {
    return this.#write(
      'UPDATE files SET fingerprint = @fingerprint WHERE folder = @folder AND path = @path',
      { path, fingerprint },
    );
  }

  forget({ path, run_id }: Pick<SeenFile, 'path' | 'run_id'>): Promise<void> {
    return this.#write(
      'DELETE FROM files WHERE folder = @folder AND path = @path AND run_id = @run_id',
      { path, run_id },
    );
  }

  forgetRefused(): Promise<void> {
    return this.#write(
      `DELETE FROM files WHERE folder = @folder AND state = 'failed' AND job_id IS NULL`,
      {},
    );
  }

  async close(): Promise<void> {
    try {
      await this.#write('UPDATE folders SET owner = NULL WHERE id = @folder', {});
    } finally {
      await this.#db.close();
    }
  }

  #write(sql: string, values: Values): Promise<void> {
    return this.#db.write(() => this.#db.run(sql, this.#values(values)));
  }

  async #rows(sql: string, values: Values): Promise<readonly SeenFile[]> {
    const rows = await this.#db.read(() => this.#db.all(sql, this.#values(values)));
    return z.array(seenFileSchema).parse(rows);
  }

  #values(values: Values): Values {
    return { ...values, folder: this.#folder };
  }
}

const columns =
  'SELECT id, path, state, fingerprint, track_id, run_id, job_id, source_hash, error FROM files';
const select = `${columns} WHERE folder = @folder`;

function take(db: Database, path: string): number {
  db.run('INSERT INTO folders (path) VALUES (@path) ON CONFLICT DO NOTHING', { path });
  const row = db.get('SELECT id, owner FROM folders WHERE path = @path', { path });
  const { id, owner } = z.object({ id: z.int(), owner: z.nullable(z.string()) }).parse(row);
  refuseWatched(path, owner);
  db.run('UPDATE folders SET owner = @owner WHERE id = @id', {
    id,
    owner: JSON.stringify(currentOwner()),
  });
  return id;
}

/** Two watchers of one folder would submit each file twice. */
function refuseWatched(path: string, owner: string | null): void {
  if (owner === null) return;
  const watching = ownerSchema.parse(JSON.parse(owner));
  if (isAlive(watching) !== true) return;
  throw new CabError('usage', `${path} is watched already, by process ${watching.pid}`, {
    hint: 'One watcher a folder: end the other, or watch another folder.',
    details: { folder: path, pid: watching.pid },
  });
}
