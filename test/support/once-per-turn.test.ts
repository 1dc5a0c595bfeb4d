import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { OncePerTurn } from '../../src/support/once-per-turn.ts';

it('does the work once for all who ask in one turn, after the last of them', async () => {
  let state = 'before';
  let works = 0;
  const looks = new OncePerTurn((subject: string) => {
    works += 1;
    return `${subject} ${state}`;
  });
  const first = looks.ask('a');
  await Promise.resolve();
  const second = looks.ask('a');
  const other = looks.ask('b');
  state = 'after';
  expect(await Promise.all([first, second, other])).toEqual(['a after', 'a after', 'b after']);
  expect(works).toBe(2);
});

it('looks again for who asks while the work is under way', async () => {
  let works = 0;
  let end = (): void => undefined;
  const looks = new OncePerTurn(async () => {
    const work = (works += 1);
    await new Promise<void>((resolve) => (end = resolve));
    return work;
  });
  const first = looks.ask(undefined);
  await nextTurn();
  expect(works).toBe(1);
  const second = looks.ask(undefined);
  end();
  expect(await first).toBe(1);
  await nextTurn();
  end();
  expect(await second).toBe(2);
});

it('tells a failure to all who asked, and tries again for the next', async () => {
  let isBroken = true;
  const looks = new OncePerTurn(() => {
    if (isBroken) throw new Error('broken');
    return 'whole';
  });
  const asked = [looks.ask(undefined), looks.ask(undefined)];
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ]);
  isBroken = false;
  expect(await looks.ask(undefined)).toBe('whole');
});
