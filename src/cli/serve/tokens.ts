import { readFile } from 'node:fs/promises';
import type { Token } from '../../daemon/daemon-settings.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import type { Config } from '../settings/config.ts';
import { daemon, serve } from '../settings/flags.ts';

/** A line `read TOKEN` is a token that may only read. Any other line is a token that may also submit, cancel and retry. */
export async function tokensOf(settings: Config): Promise<Token[]> {
  const file = settings.get(serve.token_file);
  const single = settings.get(daemon.token);
  const tokens = file === undefined ? [] : await tokensIn(file);
  return single === undefined ? tokens : [...tokens, { token: single, role: 'write' }];
}

/** An empty file of tokens would let everyone in, so it is refused. */
async function tokensIn(file: string): Promise<Token[]> {
  const lines = (await readTokens(file)).split('\n').map((line) => line.trim());
  const tokens = lines.flatMap((line, n): Token[] => {
    if (line === '' || line.startsWith('#')) return [];
    const [, role = 'write', token = ''] = /^(?:(read|write)\s+)?(\S+)$/.exec(line) ?? [];
    if (token === '' || token === 'read' || token === 'write')
      throw new CabError(
        'config_invalid',
        `the file of tokens ${file}, line ${n + 1}: expected a token, or "read TOKEN"`,
      );
    return [{ token, role: role === 'read' ? 'read' : 'write' }];
  });
  if (tokens.length > 0) return tokens;
  throw new CabError('config_invalid', `the file of tokens ${file} holds no token`, {
    hint: 'Write a token on a line of its own, or leave --token-file out.',
  });
}

async function readTokens(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CabError('config_invalid', `the file of tokens ${file} cannot be read (${errno})`, {
      cause: error,
    });
  }
}
