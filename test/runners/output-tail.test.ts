import { expect, it } from 'vitest';
import { OutputTail } from '../../src/runners/process/output-tail.ts';

it('passes all on, and keeps the last 20 lines across pieces and streams', () => {
  let log = '';
  const tail = new OutputTail((stream, text) => {
    log += `${stream === 'stderr' ? '!' : ''}${text}`;
  });
  for (let line = 1; line <= 25; line++) {
    tail.write('stdout', `line `);
    tail.write('stdout', `${line}\r\n`);
  }
  tail.write('stderr', 'half ');
  tail.write('stdout', 'whole\n');
  tail.write('stderr', 'line');
  expect(tail.lines()).toHaveLength(20);
  expect(tail.lines().slice(-3)).toEqual(['line 25', 'whole', 'half line']);
  expect(log.endsWith('line 25\r\n!half whole\n!line')).toBe(true);
});

it('does not gather a line that never ends', () => {
  const tail = new OutputTail(() => undefined);
  for (let piece = 0; piece < 1000; piece++) tail.write('stdout', 'x'.repeat(1000));
  expect(tail.lines().map((line) => line.length)).toEqual([2000]);
});
