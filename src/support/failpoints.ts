/**
 * Named places where the fault tests stop the program: `CAB_FAILPOINTS="entry.renamed=kill;pointer.temp=ENOSPC"`. A failpoint
 * stands before or after each write, fsync and rename; a name in `-ing` means before. `kill` ends the process there with
 * SIGKILL. Any other word is thrown as the system error of that name, or as SQLite's if it begins with `SQLITE_`. The failpoint
 * acts at every pass. With a count (`EIO@3`) it acts at the third pass only. Without the variable a failpoint costs one
 * comparison.
 */
export type FailpointName =
  | 'queue.opening'
  | 'queue.committing'
  | 'queue.committed'
  | 'directory.making'
  | 'directory.made'
  | 'temporary.making'
  | 'temporary.written'
  | 'input.keeping'
  | 'input.kept'
  | 'log.writing'
  | 'daemon.claiming'
  | 'daemon.claimed'
  | 'entry.staging'
  | 'entry.manifest-writing'
  | 'entry.quarantining'
  | 'arrival.writing'
  | 'arrival.kept'
  | 'arrival.placed'
  | 'push.sent'
  | 's3.put'
  | 's3.files-sent'
  | 's3.committed'
  | 's3.manifest-moved'
  | 'road.kept'
  | 'road.placed'
  | 'road.concluded'
  | 'road.flushed'
  | 'road.dropped'
  | 'job.accepted'
  | 'job.claimed'
  | 'job.ran'
  | 'entry.staged'
  | 'entry.files-synced'
  | 'entry.synced'
  | 'entry.place-made'
  | 'entry.renamed'
  | 'entry.place-synced'
  | 'entry.quarantined'
  | 'pointer.temp'
  | 'pointer.synced'
  | 'pointer.renamed'
  | 'job.settling'
  | 'job.settled'
  | 'gc.condemned'
  | 'gc.moved'
  | 'gc.released'
  | 'gc.put-back'
  | 'gc.doomed'
  | 'gc.deleted';

interface Failpoint {
  readonly action: string;
  /** Undefined: every pass. */
  readonly strikesAt: number | undefined;
  passes: number;
}

const armed = parse(process.env['CAB_FAILPOINTS']);

export function failpoint(name: FailpointName): void {
  const point = armed?.get(name);
  if (point === undefined) return;
  point.passes += 1;
  if (point.passes !== (point.strikesAt ?? point.passes)) return;
  if (point.action !== 'kill')
    throw Object.assign(new Error(`${point.action}: failpoint ${name}`), { code: point.action });
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered asynchronously; nothing more may happen until then.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function parse(text: string | undefined): Map<string, Failpoint> | undefined {
  if (text === undefined || text === '') return undefined;
  const points = text.split(';').map((part): [string, Failpoint] => {
    const [name = '', rule = 'kill'] = part.split('=');
    const [action = 'kill', pass] = rule.split('@');
    const strikesAt = pass === undefined ? undefined : Number(pass);
    return [name.trim(), { action, strikesAt, passes: 0 }];
  });
  return new Map(points);
}
