import { CabError } from '../../core/model/errors.ts';
import type {
  Intent,
  OpenSeenFiles,
  Outcome,
  SeenFile,
  SeenFiles,
  SeenState,
} from '../../core/ports/seen-files.ts';

/** The files that were seen in one folder. */
interface SeenFolder {
  readonly files: Map<string, SeenFile>;
  isWatched: boolean;
}

/** The table of watched folders in memory. It is lost when the process ends. */
export function memorySeenFiles(): OpenSeenFiles {
  const folders = new Map<string, SeenFolder>();
  let ids = 0;
  return async (path) => {
    const folder = folders.get(path) ?? { files: new Map<string, SeenFile>(), isWatched: false };
    if (folder.isWatched)
      throw new CabError('usage', `${path} is watched already`, { details: { folder: path } });
    folder.isWatched = true;
    folders.set(path, folder);
    return new MemorySeenFiles(folder, () => (ids += 1));
  };
}

class MemorySeenFiles implements SeenFiles {
  readonly #folder: SeenFolder;
  readonly #nextId: () => number;

  constructor(folder: SeenFolder, nextId: () => number) {
    this.#folder = folder;
    this.#nextId = nextId;
  }

  async find(path: string): Promise<SeenFile | undefined> {
    return this.#files.get(path);
  }

  async list(state: SeenState, limit: number, after = ''): Promise<readonly SeenFile[]> {
    const found = this.#all((file) => file.state === state && file.path > after);
    return found.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, limit);
  }

  /** Ids of jobs ascend in the order of submission. */
  async submitted(limit: number): Promise<readonly SeenFile[]> {
    const found = this.#all(({ state }) => state === 'submitted');
    return found.sort((a, b) => ((a.job_id ?? '') < (b.job_id ?? '') ? -1 : 1)).slice(0, limit);
  }

  async resting(limit: number, after: number): Promise<readonly SeenFile[]> {
    const rests = ({ state, id }: SeenFile): boolean =>
      (state === 'done' || state === 'failed') && id > after;
    return this.#all(rests)
      .sort((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  async counts(): Promise<Readonly<Record<SeenState, number>>> {
    const counts = { submitting: 0, submitted: 0, done: 0, failed: 0 };
    for (const { state } of this.#files.values()) counts[state] += 1;
    return counts;
  }

  async intend(intent: Intent): Promise<void> {
    const id = this.#files.get(intent.path)?.id ?? this.#nextId();
    const nothing = { job_id: null, source_hash: null, error: null };
    this.#files.set(intent.path, { ...intent, ...nothing, id, state: 'submitting' });
  }

  async settle({ path, run_id, state, ...more }: Outcome): Promise<void> {
    const file = this.#files.get(path);
    if (file?.run_id !== run_id) return;
    const job_id = more.job_id ?? file.job_id;
    const source_hash = more.source_hash ?? file.source_hash;
    this.#files.set(path, { ...file, state, job_id, source_hash, error: more.error ?? null });
  }

  async restamp(path: string, fingerprint: string): Promise<void> {
    const file = this.#files.get(path);
    if (file !== undefined) this.#files.set(path, { ...file, fingerprint });
  }

  async forget({ path, run_id }: Pick<SeenFile, 'path' | 'run_id'>): Promise<void> {
    if (this.#files.get(path)?.run_id === run_id) this.#files.delete(path);
  }

  async forgetRefused(): Promise<void> {
    for (const { path, state, job_id } of this.#files.values())
      if (state === 'failed' && job_id === null) this.#files.delete(path);
  }

  async close(): Promise<void> {
    this.#folder.isWatched = false;
  }

  get #files(): Map<string, SeenFile> {
    return this.#folder.files;
  }

  #all(isWanted: (file: SeenFile) => boolean): SeenFile[] {
    return [...this.#files.values()].filter(isWanted);
  }
}
