/**
 * Reports this process's state to the service manager that started it, by systemd's protocol: lines to the datagram
 * socket that `NOTIFY_SOCKET` names. Node cannot open such sockets, and an addon for two messages would have to be
 * compiled everywhere. So `systemd-notify` sends them: it is installed wherever the variable is set. It is not the
 * main process of the service, so the unit needs `NotifyAccess=all`. It waits until its message is read, so the
 * manager does not get a message from a process that is gone.
 */
import { execa } from 'execa';
import type { Logger } from 'pino';

type Environment = Readonly<Record<string, string | undefined>>;

const variable = 'NOTIFY_SOCKET';
/** Milliseconds. A manager that does not read must not block the daemon. */
const limitMs = 10_000;

export interface ServiceManager {
  /** The daemon accepts work from now on. `status` is shown to people. */
  ready(status: string): Promise<void>;
  stopping(): Promise<void>;
}

/** Does nothing if there is no service manager. Logs a warning if a message cannot be sent; never rejects. */
export function serviceManager(env: Environment, logger: Logger): ServiceManager {
  const tell = async (...lines: string[]): Promise<void> => {
    if ((env[variable] ?? '') === '') return;
    const told = await execa('systemd-notify', lines, {
      ...{ env, extendEnv: false, stdin: 'ignore', reject: false, timeout: limitMs },
    });
    if (told.failed)
      logger.warn(
        { reason: told.originalMessage ?? told.stderr, told: lines },
        'the service manager could not be told: see docs/how-to/run-as-a-service.md, Type=notify',
      );
  };
  return {
    ready: (status) => tell('READY=1', `STATUS=${status}`),
    stopping: () => tell('STOPPING=1', 'STATUS=closing'),
  };
}

/** The environment for runners. A runner that knows the protocol would otherwise send messages in the daemon's name. */
export const withoutManager = (env: Environment): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => name !== variable));
