import { expect, it } from 'vitest';
import { refuseUnsafe } from '../../../src/stores/sqlite/database/sqlite-version.ts';

it.each(['3.51.2', '3.50.9', '2.99.9'])(
  'an SQLite %s, which damages files, is refused',
  (version) => {
    expect(() => refuseUnsafe(version)).toThrow(`SQLite ${version} is older than 3.51.3`);
  },
);

it.each(['3.51.3', '3.52.0', '4.0.0'])('an SQLite %s is taken', (version) => {
  expect(() => refuseUnsafe(version)).not.toThrow();
});
