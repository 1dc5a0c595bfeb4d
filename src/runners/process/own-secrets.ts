/** Variables that hold one of cab's own secrets, or the path of one. */
export const ownSecrets: ReadonlySet<string> = new Set([
  'CAB_TOKEN',
  'CAB_SERVE_TOKEN_FILE',
  'CAB_UPSTREAM_TOKEN',
  'CAB_QUEUE',
  'CAB_MIGRATE_TO',
]);

/** The environment for runners. A runner's code, and what it starts, must not get the daemon's tokens and passwords. */
export const withoutSecrets = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !ownSecrets.has(name)));
