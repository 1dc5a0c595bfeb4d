/** Hints that name commands and flags. The core knows neither, and its hints are neutral. */
import { catalogue, isErrorCode, type ErrorCode, type ErrorDetails } from '../core/model/errors.ts';

export interface Failure {
  readonly code: string;
  readonly hint: string;
  readonly details?: ErrorDetails | undefined;
}

/** The hint for a failure, for a user of the command line. */
export function hintOf({ code, hint, details = {} }: Failure): string {
  if (!isErrorCode(code)) return hint;
  const { field, job, job_id = job } = details;
  const typed =
    byField[`${code}.${String(field)}`] ??
    (hint === catalogue[code].hint ? byCode[code] : undefined);
  return typed?.replaceAll('JOB', typeof job_id === 'string' ? job_id : 'JOB') ?? hint;
}

/** Replaces the hint of the catalogue. `JOB` stands for the job in the details. */
const byCode: Partial<Record<ErrorCode, string>> = {
  usage: 'See the command with --help.',
  config_invalid:
    'Correct or remove it where it stands; `cab config --help` tells how settings are written.',
  config_untrusted:
    'Read it: it may name programs that cab runs. To use it as it stands: cab config --trust',
  input_not_found: 'Check the path; it is relative to the working directory.',
  spine_not_found:
    'Name the database with --db, or build one: cab spine import songs.csv --out spine.db',
  spine_invalid: 'Build a database that fits: cab spine import songs.csv --out spine.db',
  runner_not_found: 'docs/reference/runners.md shows the forms of --runner.',
  unauthorized: 'Send the token of the daemon: CAB_TOKEN, or `Authorization: Bearer …`.',
  user_refused:
    'Use its socket (.cab/daemon.sock), set tokens (--token-file), or let the user in (--allow-user).',
  origin_refused: 'Web pages are let in by name: --cors-origin',
  path_refused:
    'Send the input itself (features), or have the daemon started with --allow-root for its directory.',
  address_unavailable: 'Choose another address: --host, --port (0 for any free port).',
  not_found: '`cab status` lists the jobs, `cab tracks` the tracks.',
  store_unreadable: '`cab doctor` says what is wrong with the root.',
  queue_unreadable: '`cab doctor` says what is wrong with the job store.',
  server_busy: 'Try again later, or raise the limit of the daemon: --max-held.',
  root_unwritable: 'Check the permissions of the root, or choose another with --cas-root.',
  upstream_unreachable:
    'Check --upstream, its token (CAB_UPSTREAM_TOKEN) and the network. Until it answers, results are computed here.',
  upstream_entry_invalid: 'Look there with: cab verify. The result is computed here instead.',
  daemon_unreachable: 'Start one with `cab serve`, correct --url, or work without one: --offline',
  runner_failed: '`cab logs JOB` shows what the runner wrote.',
  runner_killed:
    'cab did not send that signal. Look at the memory of the machine (dmesg), and at `cab logs JOB`.',
  timeout: 'Raise --timeout, or see where the time went: cab logs JOB',
  crashed: 'The worker died each time it ran this job; look at the input and at `cab logs JOB`.',
  canceled: 'Submit it again: cab retry JOB',
  wait_timeout: 'The job goes on; ask again with: cab status JOB',
  hash_mismatch: 'Look with: cab verify; the entry is not served until it is mended.',
  manifest_invalid: 'Look with: cab verify',
  pointer_invalid: 'Look with: cab verify',
};

/** Replaces any hint if the details name a field, as `code.field`. */
const byField: Readonly<Record<string, string>> = {
  'usage.artifact_name': 'Give another --artifact-name or --manifest-name.',
  'runner_invalid.spec': 'docs/reference/runners.md shows the forms of --runner.',
  'usage.on_done': 'Name another directory, which may lie within the folder: --on-done move:DIR',
  'usage.tokens':
    'Give a token (--token-file, CAB_TOKEN), or say that it may be open to all: --insecure',
  'store_unreadable.root': 'Move it away, or choose another root with --cas-root.',
  'queue_unreadable.job':
    'Submit it again. `cab doctor` tells whether more is damaged, and `cab doctor --fix` begins a fresh queue with all that can be read.',
  'runner_not_found.object':
    'Do again what made the job: call cab run again, or the program that holds the runner.',
  'crashed.owner':
    'A daemon takes the job up again (cab serve), or a command that is told to: cab submit --adopt',
};
