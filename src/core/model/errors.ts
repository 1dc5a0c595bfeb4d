/**
 * The one table of errors. Code tells failures apart by their code, never by their text. The code survives the job store, the
 * wire and the exit of a process. This file is longer than others because the table is read and checked as a whole.
 */
/* eslint max-lines: "off" */
import { constants } from 'node:os';
import { types } from 'node:util';

/** The kind of a failure; it decides what a caller can do. */
export type ErrorKind =
  'usage' | 'input' | 'missing' | 'unreachable' | 'failed' | 'waiting' | 'integrity' | 'internal';

/**
 * `asked`: the job failed by itself; it is retried as often as the caller asked. `outside`: something outside the job made it
 * fail (a full disk, a signal from elsewhere); it is retried even if nobody asked.
 */
export type Retry = 'asked' | 'outside';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** HTTP status of a response with this code. */
  readonly status: number;
  /** What to do next, if the thrower knows nothing more precise. Names no flag and no command. */
  readonly hint: string;
  /** Whether running the same job again may succeed, and who asks for that. */
  readonly retry?: Retry;
  /**
   * True if the error is about the content of the request's files and arguments. The reference broker leaves these checks to
   * the runner, so its clients expect an ended job instead of a refusal.
   */
  readonly content?: true;
}

const define = <const T extends Record<string, CatalogueEntry>>(table: T): T => table;

export const catalogue = define({
  // wrong usage
  usage: { kind: 'usage', status: 400, hint: 'Correct what is named.' },
  config_invalid: {
    kind: 'usage',
    status: 400,
    hint: 'Correct or remove it where it stands.',
  },
  config_untrusted: {
    kind: 'usage',
    status: 400,
    hint: 'Read it: it may name programs that cab runs. Then trust it, to use it as it stands.',
  },

  // bad input: running the job again cannot help
  invalid_request: { kind: 'input', status: 400, hint: 'Correct the field that is named.' },
  invalid_json: {
    kind: 'input',
    status: 400,
    hint: 'Correct the text at the place that is named.',
    content: true,
  },
  features_path_missing: {
    kind: 'input',
    status: 400,
    hint: 'Name the features file (features_path), or send it (features).',
  },
  input_not_found: {
    kind: 'input',
    status: 400,
    hint: 'Check the path; it is read by the process that accepts the job.',
  },
  input_not_file: { kind: 'input', status: 400, hint: 'Name a regular file.' },
  input_empty: {
    kind: 'input',
    status: 400,
    hint: 'The file has no content: was it written to the end?',
    content: true,
  },
  input_unreadable: {
    kind: 'input',
    status: 400,
    hint: 'Check the permissions of the file.',
    content: true,
  },
  input_changed: {
    kind: 'input',
    status: 409,
    hint: 'The file was changed after the job was accepted: submit it again.',
  },
  input_too_large: {
    kind: 'input',
    status: 413,
    hint: 'JSON is hashed in memory: split it, or let the runner take another format.',
    content: true,
  },
  runner_changed: {
    kind: 'input',
    status: 409,
    hint: 'The runner was changed after the job was accepted: submit it again.',
  },
  db_changed: {
    kind: 'input',
    status: 409,
    hint: 'The database was changed after the job was accepted: submit it again.',
  },
  config_hash_conflict: {
    kind: 'input',
    status: 409,
    hint: 'The config_hash that was given stands for other work already: give another, or none, and cab forms one.',
    content: true,
  },
  db_busy: {
    kind: 'input',
    status: 409,
    hint: 'Close the programs that write to the database, or have its log written into it (a checkpoint).',
    content: true,
  },
  axes_missing: {
    kind: 'input',
    status: 400,
    hint: 'Add the missing axes to the features file, under one of the listed keys.',
    content: true,
  },
  runner_args_invalid: {
    kind: 'input',
    status: 400,
    hint: 'docs/reference/runners.md lists the arguments that the runner takes.',
    content: true,
  },
  probe_invalid: {
    kind: 'input',
    status: 400,
    hint: 'docs/reference/historical-echo.md lists the probe arguments of the built-in runner.',
    content: true,
  },
  spine_not_found: {
    kind: 'input',
    status: 400,
    hint: 'Name the database, or build one from a CSV of songs.',
    content: true,
  },
  spine_invalid: {
    kind: 'input',
    status: 400,
    hint: 'Build a database that fits from a CSV of songs.',
    content: true,
  },
  csv_invalid: { kind: 'input', status: 400, hint: 'The first line must name the columns.' },
  runner_not_found: {
    kind: 'input',
    status: 400,
    hint: 'docs/reference/runners.md shows how runners are named.',
  },
  runner_invalid: {
    kind: 'input',
    status: 400,
    hint: 'docs/reference/runners.md shows what a runner must export.',
  },
  unsafe_key: {
    kind: 'input',
    status: 400,
    hint: 'A key segment matches [A-Za-z0-9][A-Za-z0-9._-]{0,127}, and a config hash is neither "index" nor "jobs".',
  },
  unsafe_track: {
    kind: 'input',
    status: 400,
    hint: 'Choose a shorter track id, without control characters.',
  },

  // what the HTTP surface refuses
  unauthorized: {
    kind: 'usage',
    status: 401,
    hint: 'Send the token of the daemon: `Authorization: Bearer …`.',
  },
  forbidden: { kind: 'usage', status: 403, hint: 'This takes a token with the role write.' },
  user_refused: {
    kind: 'usage',
    status: 403,
    hint: 'Use its socket (.cab/daemon.sock), or have the daemon started with tokens, or with this user let in.',
  },
  host_refused: {
    kind: 'usage',
    status: 403,
    hint: 'Use the address that the daemon listens at, or name the host when it is started.',
  },
  origin_refused: {
    kind: 'usage',
    status: 403,
    hint: 'Have the daemon started with the origin of the page let in.',
  },
  path_refused: {
    kind: 'input',
    status: 403,
    hint: 'Send the input itself (features), or have the daemon started with its directory allowed.',
  },
  method_not_allowed: { kind: 'usage', status: 405, hint: 'The header Allow lists the methods.' },
  request_timeout: {
    kind: 'usage',
    status: 408,
    hint: 'The request came too slowly; send it again.',
  },
  body_too_large: {
    kind: 'input',
    status: 413,
    hint: 'Name the file (features_path), or raise the limit on bodies.',
  },
  precondition_failed: {
    kind: 'usage',
    status: 412,
    hint: 'Read it without If-Match and If-Unmodified-Since to see what stands there now.',
  },
  unsupported_media_type: {
    kind: 'usage',
    status: 415,
    hint: 'Send JSON in UTF-8, with the header `Content-Type: application/json`.',
  },
  range_not_satisfiable: {
    kind: 'usage',
    status: 416,
    hint: 'The header Content-Range tells the size.',
  },
  headers_too_large: { kind: 'usage', status: 431, hint: 'Send fewer or shorter headers.' },
  address_unavailable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Choose another address; port 0 stands for any free one.',
  },

  // entries that are sent here, and other brokers behind this one
  entry_exists: {
    kind: 'input',
    status: 412,
    hint: 'An entry never changes: read the one that stands there.',
  },
  files_missing: {
    kind: 'input',
    status: 409,
    hint: 'Send the files that are listed, then the manifest again.',
  },
  upstream_unreachable: {
    kind: 'unreachable',
    status: 502,
    hint: 'Check the address of the upstream, its token and the network. Until it answers, results are computed here.',
  },
  upstream_entry_invalid: {
    kind: 'unreachable',
    status: 502,
    hint: 'Have the root of the upstream verified. The result is computed here instead.',
  },

  // entries in object storage
  store_unreachable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Check the network and the address of the store; what waits for it is tried again.',
    retry: 'outside',
  },
  store_refused: {
    kind: 'unreachable',
    status: 503,
    hint: 'Check the address of the store, its credentials and what they permit.',
  },

  // not there
  not_found: {
    kind: 'missing',
    status: 404,
    hint: 'Look at the lists of jobs and of tracks for what is there.',
  },

  // store, disk, queue or daemon
  store_unreadable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Have the root examined for what is wrong with it.',
    retry: 'outside',
  },
  sqlite_unavailable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Build the native part of SQLite for this Node: npm rebuild better-sqlite3',
  },
  queue_unreadable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Have the job store examined for what is wrong with it.',
  },
  queue_too_new: {
    kind: 'unreachable',
    status: 503,
    hint: 'The job store was written by a newer cab: upgrade this one.',
  },
  queue_busy: {
    kind: 'unreachable',
    status: 503,
    hint: 'Another process holds the job store; try again.',
    retry: 'outside',
  },
  queue_unreachable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Check the network, the address of the job store and whether its server runs.',
    retry: 'outside',
  },
  queue_refused: {
    kind: 'unreachable',
    status: 503,
    hint: 'Check the address of the job store, its user and password, and what they permit.',
  },
  queue_full: {
    kind: 'unreachable',
    status: 429,
    hint: 'Wait for queued jobs to end, or raise the limit on queued jobs.',
  },
  server_busy: {
    kind: 'unreachable',
    status: 503,
    hint: 'Try again later, or raise the limit of the daemon.',
  },
  not_ready: {
    kind: 'unreachable',
    status: 503,
    hint: 'Mend what is named; the daemon is ready again by itself.',
  },
  root_unwritable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Check the permissions of the root, or choose another.',
  },
  root_moved: {
    kind: 'unreachable',
    status: 503,
    hint: 'Move the root back, or start the daemon again where it lies now.',
  },
  no_space: {
    kind: 'unreachable',
    status: 507,
    hint: 'Free some space on the disk of the root, then retry the job.',
    retry: 'outside',
  },
  io_error: {
    kind: 'unreachable',
    status: 503,
    hint: 'Check the disk of the root.',
    retry: 'outside',
  },

  daemon_unreachable: {
    kind: 'unreachable',
    status: 503,
    hint: 'Start a daemon, correct its address, or work without one.',
  },
  daemon_running: {
    kind: 'unreachable',
    status: 409,
    hint: 'One daemon serves a root: use that one, or stop it first.',
  },
  answer_invalid: {
    kind: 'unreachable',
    status: 502,
    hint: 'Does cab listen at that address, and is it of a version like this one?',
  },

  // the job failed
  runner_failed: {
    kind: 'failed',
    status: 502,
    hint: 'The log of the job shows what the runner wrote.',
    retry: 'asked',
  },
  runner_killed: {
    kind: 'failed',
    status: 502,
    hint: 'cab did not send that signal. Look at the memory of the machine (dmesg), and at the log of the job.',
    retry: 'outside',
  },
  runner_result_invalid: {
    kind: 'failed',
    status: 502,
    hint: 'docs/reference/runners.md says what a runner must answer.',
    retry: 'asked',
  },
  timeout: {
    kind: 'failed',
    status: 504,
    hint: 'Give the job more time, or see in its log where the time went.',
    retry: 'asked',
  },
  crashed: {
    kind: 'failed',
    status: 502,
    hint: 'The worker died each time it ran this job; look at the input and at the log of the job.',
  },
  canceled: { kind: 'failed', status: 409, hint: 'Retry the job, or submit it again.' },
  not_reproducible: {
    kind: 'failed',
    status: 409,
    hint: 'The runner gives other bytes for the same work; the standing entry was kept.',
  },
  not_retryable: {
    kind: 'failed',
    status: 409,
    hint: 'Only a job that ended in error or was canceled is retried.',
  },

  // waiting
  wait_timeout: {
    kind: 'waiting',
    status: 504,
    hint: 'The job goes on; ask for it again.',
  },

  // integrity
  hash_mismatch: {
    kind: 'integrity',
    status: 500,
    hint: 'Have the root verified; the entry is not served until it is mended.',
  },
  manifest_invalid: { kind: 'integrity', status: 500, hint: 'Have the root verified.' },
  pointer_invalid: { kind: 'integrity', status: 500, hint: 'Have the root verified.' },

  internal: {
    kind: 'internal',
    status: 500,
    hint: 'This is a defect of cab; please report it with the details.',
  },
});

export type ErrorCode = keyof typeof catalogue;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(catalogue, code);

/** All codes of a kind. */
export const codesOf = (kind: ErrorKind): ErrorCode[] =>
  Object.keys(catalogue)
    .filter(isErrorCode)
    .filter((code) => catalogue[code].kind === kind);

/** Facts about one failure for machines: names of fields, files, jobs, digests. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface CabErrorOptions {
  /** Replaces the catalogue's hint if the thrower knows a better one. */
  hint?: string;
  details?: ErrorDetails;
  cause?: unknown;
}

/** Every failure that cab foresees. `message` names the file, the field or the job. */
export class CabError extends Error {
  override readonly name = 'CabError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, options: CabErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? catalogue[code].hint;
    this.details = options.details ?? {};
  }

  get kind(): ErrorKind {
    return catalogue[this.code].kind;
  }

  /** Undefined if running the same job again cannot help. */
  get retry(): Retry | undefined {
    const entry: CatalogueEntry = catalogue[this.code];
    return entry.retry;
  }

  get isAboutContent(): boolean {
    const entry: CatalogueEntry = catalogue[this.code];
    return entry.content === true;
  }
}

export const isCabError = (error: unknown, ...codes: ErrorCode[]): error is CabError =>
  error instanceof CabError && (codes.length === 0 || codes.includes(error.code));

/**
 * Whether it is an error of any realm. Test runners (Jest, vitest's `vmThreads`) give each file its own globals. There, errors
 * that Node throws are no `instanceof` of the visible `Error`.
 */
export const isError = (error: unknown): error is Error =>
  types.isNativeError(error) || error instanceof Error || isForeignDomException(error);

const isForeignDomException = (error: unknown): boolean =>
  Object.prototype.toString.call(error) === '[object DOMException]';

/** The code of a failed system call (`ENOENT`, …), for a `catch` that handles only the code that it names. */
export const errnoOf = (error: unknown): string | undefined =>
  isError(error) && 'code' in error && typeof error.code === 'string'
    ? named(error.code)
    : undefined;

/** Gives a name to errors that libuv does not know. ESTALE of a network mount or EDQUOT come as `Unknown system error -116`. */
function named(code: string): string {
  const number = /^Unknown system error -(\d+)$/.exec(code)?.[1];
  if (number === undefined) return code;
  const found = Object.entries(constants.errno).find(([, errno]) => errno === Number(number));
  return found?.[0] ?? `E${number}`;
}

/** The hint if a user lacks the permission to read a part of a root. */
export const readAsOwner = 'Run this as the user whose root it is, or let this one read it.';
