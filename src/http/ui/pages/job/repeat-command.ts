/** The command line and the `curl` line that hand the same job in again. */
type Request = Readonly<Record<string, unknown>>;

/** A word of a POSIX shell. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

const text = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

const flags: Readonly<Record<string, string>> = {
  ...{ track_id: '--track', run_id: '--run-id', db_path: '--db', db_hash: '--db-hash' },
  ...{ config_hash: '--config-hash', priority: '--priority', timeout_s: '--timeout' },
};

const pairs = (flag: string, value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, each]) => `${flag} ${quoted(`${name}=${text(each)}`)}`)
    : [];

export function commandOf(request: Request, runner: string): string {
  const { features_path, probe, runner_kwargs, force, untracked, max_attempts } = request;
  const words = [
    `cab submit ${quoted(text(features_path))}`,
    `--runner ${quoted(runner)}`,
    ...Object.entries(flags).flatMap(([name, flag]) => {
      const value = request[name];
      if (value === undefined || value === null) return [];
      return [`${flag} ${quoted(name === 'timeout_s' ? `${text(value)}s` : text(value))}`];
    }),
    ...pairs('--probe', probe),
    ...pairs('--runner-arg', runner_kwargs),
    ...(typeof max_attempts === 'number' ? [`--retries ${max_attempts - 1}`] : []),
    ...(force === true ? ['--force'] : []),
    ...(untracked === true ? ['--no-track'] : []),
    '--wait',
  ];
  return words.join(' \\\n  ');
}

export const curlOf = (request: Request, origin: string): string =>
  [
    `curl -s ${quoted(`${origin}/echo/jobs`)}`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(request))}`,
  ].join(' \\\n  ');
