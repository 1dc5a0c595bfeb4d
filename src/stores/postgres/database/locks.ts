import { createHash } from 'node:crypto';

/**
 * Numbers of advisory locks, which are shared by all that use a database. Each is made of the schema and a name, so two job stores
 * in one database do not meet but by chance, which costs a wait.
 */
export const lockOf = (schema: string, name: string): string =>
  createHash('sha256').update(`cab ${schema} ${name}`).digest().readBigInt64BE().toString();

/** In one order for all processes, so that two that need several do not wait for each other. */
export const locksInOrder = (schema: string, names: readonly string[]): readonly string[] =>
  [...new Set(names)]
    .map((name) => BigInt(lockOf(schema, name)))
    .sort((a, b) => (a < b ? -1 : 1))
    .map(String);
