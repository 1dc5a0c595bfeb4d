/**
 * Tells the service manager that started this process how things stand, by the protocol of systemd: lines to the
 * datagram socket that `NOTIFY_SOCKET` names. Node opens no such sockets, and an addon for two messages would have
 * to be compiled everywhere; systemd's own `systemd-notify` is wherever the variable is set. It is another process than
 * the service's main one, so the unit needs `NotifyAccess=all`. It waits until its message was read, so that none
 * comes from a process that has gone.
 */
import { execa } from 'execa';
import type { Logger } from 'pino';

type Environment = Readonly<Record<string, string | undefined>>;

const variable = 'NOTIFY_SOCKET';
/** A manager that does not read must not hold up the daemon; in milliseconds. */
const limitMs = 10_000;

export interface ServiceManager {
  /** Work is taken from now on; `status` is shown to people. */
  ready(status: string): Promise<void>;
  stopping(): Promise<void>;
}

/** Does nothing where no manager asks. What cannot be told is warned of, and never rejects. */
export function serviceManager(env: Environment, logger: Logger): ServiceManager {
  const tell = async (...lines: string[]): Promise<void> => {
    if ((env[variable] ?? '') === '') return;
    const told = await execa('systemd-notify', lines, {
      ...{ env, extendEnv: false, stdin: 'ignore', reject: false, timeout: limitMs },
    });
    if (told.failed)
      logger.warn(
        { reason: told.originalMessage ?? told.stderr, told: lines },
        'the service manager could not be told: see docs/operations.md, Type=notify',
      );
  };
  return {
    ready: (status) => tell('READY=1', `STATUS=${status}`),
    stopping: () => tell('STOPPING=1', 'STATUS=closing'),
  };
}

/** What runners may inherit: one that speaks the protocol too would speak in the daemon's name. */
export const withoutManager = (env: Environment): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name !== variable));
