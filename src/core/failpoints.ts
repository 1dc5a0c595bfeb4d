/**
 * Named places at which the fault rigs stop the program: `CAB_FAILPOINTS="entry.renamed=kill;pointer.temp=ENOSPC"`.
 * `kill` ends the process with SIGKILL there; anything else is thrown as the system error of that name.
 * An action may be counted, `kill@3`: it strikes the third time the place is passed. Without the variable a
 * place costs one comparison.
 */
export type FailpointName =
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
  | 'gc.moved'
  | 'gc.put-back'
  | 'gc.doomed'
  | 'gc.deleted';

interface Failpoint {
  action: string;
  passesLeft: number;
}

const armed = parse(process.env['CAB_FAILPOINTS']);

export function failpoint(name: FailpointName): void {
  const point = armed?.get(name);
  if (point === undefined || --point.passesLeft > 0) return;
  if (point.action !== 'kill')
    throw Object.assign(new Error(`${point.action}: failpoint ${name}`), { code: point.action });
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered asynchronously; nothing more may happen until it is.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function parse(text: string | undefined): Map<string, Failpoint> | undefined {
  if (text === undefined || text === '') return undefined;
  const points = text.split(';').map((part): [string, Failpoint] => {
    const [name = '', rule = 'kill'] = part.split('=');
    const [action = 'kill', pass = '1'] = rule.split('@');
    return [name.trim(), { action, passesLeft: Number(pass) }];
  });
  return new Map(points);
}
