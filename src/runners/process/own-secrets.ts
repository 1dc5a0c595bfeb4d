/** Variables by which cab itself is told a secret, or where one lies. */
export const ownSecrets: ReadonlySet<string> = new Set(['CAB_TOKEN', 'CAB_SERVE_TOKEN_FILE']);

/** What runners may inherit: the code of a runner, and what it starts, need not be trusted with the daemon's tokens. */
export const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !ownSecrets.has(name)));
