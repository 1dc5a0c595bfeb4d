import { limitsOf } from '../../src/cli/serve/daemon-settings.ts';
import { Config } from '../../src/cli/settings/config.ts';
import type { Limits, ServerOptions } from '../../src/http/server/options.ts';

/** What a test may tell a server; `listening` adds the rest. */
export type TestServing = Partial<Omit<ServerOptions, 'limits'>> & { limits?: Partial<Limits> };

/** At a free port of this machine where nothing else is said, with the limits of a daemon that is told none. */
export const listening = ({ limits, ...serving }: TestServing = {}) => ({
  ...{ host: '127.0.0.1', port: 0, ...serving },
  limits: { ...usual, ...limits },
});

const usual = limitsOf(new Config({ flags: {}, env: {}, file: undefined, cwd: '' }));
