import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CabError, catalogue, errnoOf, type ErrorCode } from '../model/errors.ts';
import { isLocked } from '../../support/files/locked-files.ts';
import { admittedFile, admittedPath, type PathFence } from '../../support/paths/path-fence.ts';
import { fingerprintOf, isSettled } from './fingerprint.ts';

/** A regular file, open for reading. */
export interface InputFile {
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
}

export interface ReadInput<T> {
  readonly content: T;
  readonly size: number;
  readonly fingerprint: string;
  readonly isSettled: boolean;
  readonly place: string | undefined;
}

/**
 * Opens a file, passes it to `read`, and checks that the file did not change meanwhile. `read` should not judge what it reads,
 * because someone may be writing the file. With a fence, `place` is the real path of the file that was read.
 * @throws CabError input_not_found, input_not_file, input_unreadable, input_changed; io_error if it may be readable
 *   later; path_refused
 */
export async function readInputFile<T>(
  path: string,
  read: (file: InputFile) => Promise<T>,
  fence?: PathFence,
): Promise<ReadInput<T>> {
  if (fence !== undefined) await admittedPath(path, 'features_path', fence);
  if (isLocked(path)) throw notInput(path);
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const place =
        fence === undefined
          ? undefined
          : await admittedFile(handle.fd, path, 'features_path', fence);
      const stats = await handle.stat({ bigint: true });
      checkRegular(path, stats);
      const size = Number(stats.size);
      const content = await read({ path, handle, size });
      const fingerprint = fingerprintOf(stats);
      const readAt = Date.now();
      if (fingerprintOf(await handle.stat({ bigint: true })) !== fingerprint) throw changed(path);
      return { content, size, fingerprint, isSettled: isSettled(stats, readAt), place };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw inputError(path, error);
  }
}

export const emptyInput = (path: string): CabError =>
  new CabError('input_empty', `${path} is empty`, { details: { path } });

const notInput = (path: string): CabError =>
  new CabError('input_not_file', `${path} belongs to cab itself, which is using it`, {
    details: { path },
  });

function checkRegular(path: string, stats: BigIntStats): void {
  if (stats.isDirectory())
    throw new CabError('input_not_file', `${path} is a directory`, { details: { path } });
  if (!stats.isFile())
    throw new CabError('input_not_file', `${path} is not a regular file`, { details: { path } });
}

export const withoutSize = (path: string): CabError =>
  new CabError('input_not_file', `${path} holds more than its size tells`, {
    hint: 'Copy it into an ordinary file, and submit that.',
    details: { path },
  });

const changed = (path: string): CabError =>
  new CabError('input_changed', `${path} was changed while it was read`, {
    hint: 'Submit it again once it is written to the end.',
    details: { path },
  });

/** Turns a failed system call into an error about the input. Other errors are passed on. */
function inputError(path: string, error: unknown): unknown {
  const errno = errnoOf(error) ?? '';
  const failure = failures[errno] ?? otherFailure(errno);
  if (failure === undefined) return error;
  // The path was decoded from bytes that are not UTF-8, so the file may exist under its real name.
  if (failure === absent && path.includes('\uFFFD')) return notText(path, error);
  const [code, problem, hint = catalogue[code].hint] = failure;
  return new CabError(code, `${path} ${problem}`, { hint, details: { path }, cause: error });
}

function otherFailure(errno: string): Failure | undefined {
  if (passing.has(errno)) return ['io_error', `cannot be read for now (${errno})`, submitLater];
  if (/^E[A-Z0-9]+$/.test(errno))
    return ['input_unreadable', `cannot be read (${errno})`, lookAtDisk];
  return undefined;
}

const notText = (path: string, cause: unknown): CabError =>
  new CabError('input_not_found', `${path} cannot be named: its name is not UTF-8`, {
    hint: 'Rename it, or give its content as standard input, which is the file -',
    details: { path },
    cause,
  });

type Failure = readonly [code: ErrorCode, problem: string, hint?: string];

const lookAtDisk = 'Check the disk or the mount on which it lies.';
const submitLater = `Submit it again later. ${lookAtDisk}`;

const absent: Failure = ['input_not_found', 'does not exist'];
const special: Failure = ['input_not_file', 'is not a regular file'];
const forbidden: Failure = ['input_unreadable', 'may not be read'];
const crowded: Failure = [
  'io_error',
  'cannot be opened: too many files are open',
  'Submit it again later, or raise the limit on open files: ulimit -n',
];

const failures: Readonly<Record<string, Failure | undefined>> = {
  ENOENT: absent,
  ENOTDIR: absent,
  ENAMETOOLONG: absent,
  ERR_INVALID_ARG_VALUE: ['input_not_found', 'is not a path'],
  EISDIR: ['input_not_file', 'is a directory'],
  ENXIO: special,
  ENODEV: special,
  EACCES: forbidden,
  EPERM: forbidden,
  ELOOP: ['input_unreadable', 'leads through too many links'],
  EIO: ['input_unreadable', 'cannot be read: the disk reports an error', lookAtDisk],
  EMFILE: crowded,
  ENFILE: crowded,
};

/** Temporary failures of this machine, and of the connection to a server of the mount. */
const passing: ReadonlySet<string> = new Set(
  ['EAGAIN', 'EBUSY', 'EINTR', 'ENOBUFS', 'ENOMEM', 'ETXTBSY', 'ESTALE', 'EREMOTEIO'].concat(
    ['ENOLINK', 'ENOTCONN', 'ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTDOWN'],
    ['EHOSTUNREACH', 'ENETDOWN', 'ENETRESET', 'ENETUNREACH', 'ESHUTDOWN', 'ETIMEDOUT'],
  ),
);
