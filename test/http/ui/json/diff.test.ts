import { describe, expect, it } from 'vitest';
import { differences, pathText } from '../../../../src/http/ui/json/diff.ts';

const told = (left: unknown, right: unknown): string[] =>
  differences(left, right).list.map(({ path, kind }) => `${kind} ${pathText(path)}`);

describe('the difference of two JSON values', () => {
  it('is the places at which they differ', () => {
    const left = { same: 1, old: 2, inside: { a: [1, 2, { deep: true }] }, list: [1, 2, 3] };
    const right = { same: 1, inside: { a: [1, 2, { deep: false }] }, list: [1, 9], new: null };
    expect(told(left, right)).toEqual([
      'removed old',
      'changed inside.a[2].deep',
      'changed list[1]',
      'removed list[2]',
      'added new',
    ]);
  });

  it('tells kinds of values apart, and an own member from an inherited one', () => {
    expect(told([1], { 0: 1 })).toEqual(['changed the whole']);
    expect(told(null, {})).toEqual(['changed the whole']);
    expect(told({}, { toString: 1 })).toEqual(['added toString']);
    expect(told({ 'a b': 1 }, { 'a b': '1' })).toEqual(['changed ["a b"]']);
  });

  it('is nothing for equal values', () => {
    expect(differences({ a: [1, { b: null }] }, { a: [1, { b: null }] }).list).toEqual([]);
  });

  it('ends at its limit, and says so', () => {
    const many = Array.from({ length: 50 }, (_, n) => n);
    const { list, isCut } = differences(
      many,
      many.map((n) => -n - 1),
      10,
    );
    expect([list.length, isCut]).toEqual([10, true]);
  });
});
