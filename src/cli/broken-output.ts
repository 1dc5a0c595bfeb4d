import { CabError, errnoOf } from '../core/model/errors.ts';
import { isOfClosedTerminal } from './interruption.ts';
import type { Reporting } from './report.ts';

/**
 * Reports a stdout that cannot be written (a full disk, for example) like any other failure. Without this, a listener
 * of oclif throws the `error` event where nothing can catch it.
 */
export function tellBrokenOutput(services: Reporting['services']): void {
  let isTold = false;
  process.on('uncaughtException', (error) => {
    if (isOfClosedTerminal(error)) return;
    if (!isFailedWrite(error)) throw error;
    if (isTold) return;
    isTold = true;
    void tell(error, services);
  });
}

async function tell(cause: Error, services: Reporting['services']): Promise<void> {
  const { report } = await import('./report.ts');
  const errno = errnoOf(cause) ?? '';
  const hint =
    'What was to be printed is not there in full: make room for it, or send it elsewhere.';
  const failure = new CabError('io_error', `stdout cannot be written (${errno})`, { cause, hint });
  process.exit(report(failure, { services, json: false, flags: [] }));
}

/** A pipe whose reader is gone is handled in interruption.ts. */
const isFailedWrite = (error: Error): boolean =>
  'syscall' in error &&
  error.syscall === 'write' &&
  ['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(errnoOf(error) ?? '');
