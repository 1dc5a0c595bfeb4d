import { describe, expect, it } from 'vitest';
import { firstOpen, treeRows } from '../../../../src/http/ui/json/tree-rows.ts';

const shown = (value: unknown, open: ReadonlySet<string>): string[] =>
  treeRows(value, open).map(
    ({ depth, name, size }) => `${'.'.repeat(depth)}${name}:${size ?? 'leaf'}`,
  );

describe('the rows of a tree', () => {
  it('are those of its open parts', () => {
    const value = { a: 1, b: { c: [true] }, d: {} };
    expect(shown(value, new Set())).toEqual([':3']);
    expect(shown(value, new Set(['$']))).toEqual([':3', '.a:leaf', '.b:1', '.d:0']);
    expect(shown(value, new Set(['$', '$/b', '$/b/c']))).toEqual([
      ...[':3', '.a:leaf', '.b:1', '..c:1', '...0:leaf', '.d:0'],
    ]);
  });

  it('are cut into spans where a list is long', () => {
    const list = Array.from({ length: 450 }, (_, n) => n);
    expect(shown(list, new Set(['$']))).toEqual([
      ...[
        ':450',
        '.0 … 99:100',
        '.100 … 199:100',
        '.200 … 299:100',
        '.300 … 399:100',
        '.400 … 449:50',
      ],
    ]);
    const open = treeRows(list, new Set(['$', '$:400']));
    expect(open).toHaveLength(6 + 50);
    expect(open.at(-1)?.value).toBe(449);
  });

  it('have ids of their own, whatever the names', () => {
    const value = { 'a/b': { c: 1 }, a: { 'b/c': 1, b: { c: 1 } } };
    const open = new Set(['$', '$/a%2Fb', '$/a', '$/a/b']);
    const ids = treeRows(value, open).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(7);
  });

  it('show small parts at first, and large ones folded', () => {
    const value = { small: { a: 1 }, large: Array.from({ length: 99 }, () => 0), none: {} };
    expect(firstOpen(value)).toEqual(new Set(['$', '$/small']));
  });
});
