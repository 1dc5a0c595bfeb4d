/**
 * Finds the process that has a file open for writing, from `/proc/<pid>/fd` and `fdinfo` on Linux. On other
 * systems it finds none. A look at all processes takes some ten milliseconds, so questions that arrive meanwhile
 * share the next look.
 */
import { readdirSync, readFileSync, statSync, type BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errnoOf } from '../../core/model/errors.ts';

type File = Pick<BigIntStats, 'dev' | 'ino' | 'uid'>;

interface Question {
  readonly file: File;
  readonly answer: (writer: string | undefined) => void;
  readonly fail: (error: unknown) => void;
}

export class OpenForWriting {
  readonly #questions: Question[] = [];
  #isLooking = false;

  /**
   * A name for messages, such as `process 12 (tar)`. Undefined if no process is seen to have the
   * file open for writing.
   */
  async writerOf(file: File): Promise<string | undefined> {
    if (process.platform !== 'linux') return undefined;
    return new Promise((answer, fail) => {
      this.#questions.push({ file, answer, fail });
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#questions.length > 0) {
      const asked = this.#questions.splice(0);
      try {
        const writers = await writersOf(asked.map(({ file }) => file));
        for (const { file, answer } of asked) answer(writers.get(nameOf(file)));
      } catch (error) {
        for (const { fail } of asked) fail(error);
      }
    }
    this.#isLooking = false;
  }
}

const nameOf = ({ dev, ino }: Pick<File, 'dev' | 'ino'>): string => `${dev}:${ino}`;

/** Number of descriptors that are inspected in one turn of the event loop. */
const slice = 200;

async function writersOf(files: readonly File[]): Promise<Map<string, string>> {
  const wanted = new Map(files.map((file) => [nameOf(file), file]));
  const writers = new Map<string, string>();
  let looked = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const descriptors = descriptorsOf(pid);
    if (descriptors === 'hidden') suspect(pid, wanted, writers);
    else
      for (const descriptor of descriptors) {
        if ((looked += 1) % slice === 0) await nextTurn();
        if (!isWritable(pid, descriptor)) continue;
        const file = await fileOf(`/proc/${pid}/fd/${descriptor}`);
        if (file !== undefined && wanted.has(file)) writers.set(file, called(pid));
      }
  }
  return writers;
}

function descriptorsOf(pid: string): readonly string[] | 'hidden' {
  try {
    return readdirSync(`/proc/${pid}/fd`);
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (errno === 'EACCES' || errno === 'EPERM') return 'hidden';
    if (hasGone(errno)) return [];
    throw error;
  }
}

/** Whether the flags, which are octal, contain O_WRONLY or O_RDWR. */
function isWritable(pid: string, descriptor: string): boolean {
  const info = readIfThere(`/proc/${pid}/fdinfo/${descriptor}`) ?? '';
  const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '0';
  return (parseInt(flags, 8) & 3) !== 0;
}

/** Asynchronous, because the server of a network mount may not answer. */
async function fileOf(link: string): Promise<string | undefined> {
  try {
    const stats = await stat(link, { bigint: true });
    return stats.isFile() ? nameOf(stats) : undefined;
  } catch (error) {
    if (/^E[A-Z0-9]+$/.test(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/**
 * A process that cannot be inspected may be the writer of a file that belongs to its user. For files of
 * this process's own user it is not suspected: every desktop has such processes (`ssh-agent`), and no file
 * would ever be cleared.
 */
function suspect(pid: string, wanted: ReadonlyMap<string, File>, writers: Map<string, string>) {
  const owner = ownerOf(pid);
  if (owner === undefined || owner === process.getuid?.()) return;
  for (const [name, { uid }] of wanted)
    if (Number(uid) === owner && !writers.has(name))
      writers.set(name, `perhaps ${called(pid)} of user ${owner}, which may not be looked into,`);
}

function ownerOf(pid: string): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch (error) {
    if (hasGone(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

const called = (pid: string): string =>
  `process ${pid} (${readIfThere(`/proc/${pid}/comm`)?.trim() ?? '?'})`;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const errno = errnoOf(error) ?? '';
    if (hasGone(errno) || errno === 'EACCES' || errno === 'EPERM') return undefined;
    throw error;
  }
}

/** Whether the process, or its descriptor, is gone since it was listed. */
const hasGone = (errno: string): boolean => errno === 'ENOENT' || errno === 'ESRCH';
