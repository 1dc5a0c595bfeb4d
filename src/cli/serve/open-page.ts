/** `cab serve --open`: shows the page in the browser of this machine. */
import { execa } from 'execa';
import type { Logger } from 'pino';
import { CabError } from '../../core/model/errors.ts';
import type { DaemonSettings } from '../../daemon/daemon-settings.ts';
import type { Config } from '../settings/config.ts';
import { serve } from '../settings/flags.ts';

/** @throws CabError usage, if there is no page to open */
export function checkOpen(settings: Config, { page }: DaemonSettings): void {
  if (settings.get(serve.open) && !page)
    throw new CabError('usage', '--open: this daemon serves no page', {
      hint: 'Leave --no-ui out, or --open.',
    });
}

/** Resolves once the opener has ended. A machine without a browser costs a line in the log. */
export async function openPage(
  address: string,
  env: NodeJS.ProcessEnv,
  logger: Logger,
): Promise<void> {
  const [program, ...args] = openerOf(process.platform);
  const opened = await execa(program, [...args, reachable(address)], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
    env: withoutOwn(env),
    extendEnv: false,
    detached: true,
    reject: false,
  });
  if (opened.failed)
    logger.warn(
      { program, code: opened.code ?? opened.exitCode },
      `the page could not be opened: open ${reachable(address)} yourself`,
    );
}

/** A browser has no use for the settings of cab, and must not get its token. */
const withoutOwn = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('CAB_')));

const openerOf = (platform: NodeJS.Platform): [string, ...string[]] =>
  platform === 'darwin'
    ? ['open']
    : platform === 'win32'
      ? ['rundll32', 'url.dll,FileProtocolHandler']
      : ['xdg-open'];

/** An address that stands for all addresses of the machine is none that a browser can open. */
const reachable = (address: string): string =>
  `${address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')}/`;
