import { CabError } from '../errors.ts';

/**
 * A variable as a user declares it: `NAME`, whose value is that of the environment, or `NAME=VALUE`.
 * @throws CabError usage
 */
export function declaredVariable(text: string): readonly [name: string, value: string | undefined] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (name !== undefined) return [name, value];
  throw new CabError('usage', `--env ${text}: expected NAME or NAME=VALUE`);
}
