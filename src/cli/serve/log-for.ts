/** The log of a process that runs for long. */
import { pino, type Logger } from 'pino';
import { errnoOf } from '../../core/model/errors.ts';
import { isLive, shownOn, styleOf, type OutputStream, type Services } from '../services.ts';
import { logEntrySchema, logLine } from '../terminal/log-line.ts';
import { gatheredLines } from './gathered-lines.ts';

/** Text for a terminal, JSON lines for everything else. */
export function logFor({ stderr, env }: Services, level: string): Logger {
  if (isLive(stderr, env)) return pino({ name: 'cab', level }, linesForPeople(stderr, env));
  stderr.on('error', loseLines);
  return pino({ name: 'cab', level }, gatheredLines(stderr));
}

/** If the reader of the log is gone or its disk is full, log lines are lost and the daemon goes on. */
function loseLines(error: Error): void {
  if (!['EPIPE', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EIO'].includes(errnoOf(error) ?? '')) throw error;
}

const linesForPeople = (stderr: OutputStream, env: Services['env']) => ({
  write(line: string): void {
    const entry = logEntrySchema.parse(JSON.parse(line));
    stderr.write(`${shownOn(stderr, logLine(styleOf(stderr, env), entry))}\n`);
  },
});
