import { execa } from 'execa';
import { CabError } from '../../core/model/errors.ts';

/** Uids of users, which are given by name or number. @throws CabError usage */
export const uidsOf = (users: readonly string[]): Promise<number[]> =>
  Promise.all(users.map(uidOf));

/** Uses `id`, which also knows the users of a directory service. */
async function uidOf(user: string): Promise<number> {
  if (/^\d{1,10}$/.test(user)) return Number(user);
  const found = user.startsWith('-')
    ? undefined
    : await execa('id', ['-u', user], { stdin: 'ignore', reject: false });
  if (found?.failed === false && /^\d+$/.test(found.stdout)) return Number(found.stdout);
  throw new CabError('usage', `--allow-user: this system knows no user ${JSON.stringify(user)}`, {
    hint: 'Give the name that `id` knows, or the number.',
    ...(found?.code === 'ENOENT' && { cause: found }),
  });
}
