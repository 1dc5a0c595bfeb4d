import { describe, expect, it } from 'vitest';
import { table } from '../../../src/cli/terminal/table.ts';

const style = (width: number) => ({ colour: false, width, now: 0 });

describe('a table that is wider than the terminal', () => {
  const columns = [
    { title: 'NAME', cell: (row: string[]) => row[0] ?? '', shrinks: true as const },
    { title: 'SIZE', cell: (row: string[]) => row[1] ?? '' },
    { title: 'KEY', cell: (row: string[]) => row[2] ?? '', shrinks: true as const },
  ];
  const rows = [['a.long.name', '12', 'k'.repeat(60)]];

  it.each([
    [80, 'a.long.name  12    ' + 'k'.repeat(60)],
    [40, 'a.long.name  12    ' + 'k'.repeat(20) + '…'],
    [29, 'a.long.na…  12    ' + 'k'.repeat(10) + '…'],
    [10, 'a.long.…  12    kkkkkkk…'],
  ])('of %i columns is shortened where it is the longest', (width, line) => {
    expect(table(style(width), columns, rows).split('\n')[1]).toBe(line);
  });
});
