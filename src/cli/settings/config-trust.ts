/**
 * Whose `cab.config.json` is read. It names runners, programs that cab starts, so it is the caller's own, root's, or one of
 * another user that the caller has trusted as it stands: `cab/trusted.json` in the caller's configuration directory keeps the
 * digest of each, `{"files": {PATH: SHA-256}}`, and a file that was changed is asked about again.
 */
import { hash } from 'node:crypto';
import { mkdir, open, realpath, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import * as z from 'zod/mini';
import { CabError, errnoOf } from '../../core/model/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration file as it was read. */
export interface ReadFile {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Uids of those who could have written it: of the file, of the link that leads to it, of their folder. */
  readonly owners: readonly number[];
}

/** @throws CabError config_untrusted */
export async function refuseForeign(file: ReadFile, env: Environment): Promise<void> {
  const stranger = strangerIn(file.owners);
  if (stranger === undefined) return;
  const trusted = await readTrusted(trustedFile(env));
  if (trusted[await nameOf(file)] === digestOf(file)) return;
  throw new CabError(
    'config_untrusted',
    `${file.path} is in the hands of another user (uid ${stranger}), and was not trusted as it stands`,
    { details: { file: file.path, uid: stranger } },
  );
}

/** Remembers the file as it stands. */
export async function trust(file: ReadFile, env: Environment): Promise<void> {
  const place = trustedFile(env);
  const files = { ...(await readTrusted(place)), [await nameOf(file)]: digestOf(file) };
  try {
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    const temporary = `${place}.${process.pid}`;
    await writeFile(temporary, `${JSON.stringify({ files }, null, 2)}\n`, { mode: 0o600 });
    await rename(temporary, place);
  } catch (error) {
    throw unusable(place, 'written', error);
  }
}

function strangerIn(owners: readonly number[]): number | undefined {
  const own = process.geteuid?.();
  return own === undefined ? undefined : owners.find((uid) => uid !== own && uid !== 0);
}

const trustedFile = ({ XDG_CONFIG_HOME: home = '' }: Environment): string =>
  join(isAbsolute(home) ? home : join(homedir(), '.config'), 'cab', 'trusted.json');

const digestOf = ({ text }: ReadFile): string => hash('sha256', text);

/** Its folder counts, from which paths in it are taken; not where a link leads. */
const nameOf = async ({ path }: ReadFile): Promise<string> =>
  join(await realpath(dirname(path)), basename(path));

const trustedSchema = z.object({ files: z.record(z.string(), z.string()) });

/** Nothing where another user keeps the list: root may have been given the surroundings of that user. */
async function readTrusted(place: string): Promise<Readonly<Record<string, string>>> {
  try {
    const handle = await open(place);
    try {
      if (strangerIn([(await handle.stat()).uid]) !== undefined) return {};
      const parsed = trustedSchema.safeParse(JSON.parse(await handle.readFile('utf8')));
      if (parsed.success) return parsed.data.files;
      throw new SyntaxError('not a list of files');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return {};
    throw unusable(place, 'read', error);
  }
}

function unusable(place: string, how: 'read' | 'written', error: unknown): unknown {
  const why = error instanceof SyntaxError ? 'it is not a list of files' : errnoOf(error);
  if (why === undefined) return error;
  return new CabError('config_invalid', `${place} cannot be ${how} (${why})`, { cause: error });
}
