import { describe, expect, it } from 'vitest';
import { mostMatches, search, type Search } from '../../../../src/http/ui/text/search.ts';
import type { TextSource } from '../../../../src/http/ui/text/source.ts';

const sourceOf = (text: string): TextSource => {
  const whole = new TextEncoder().encode(text);
  return {
    read: async (from, bytes) => ({
      bytes: whole.subarray(from, from + bytes),
      from,
      size: whole.length,
    }),
    tail: async () => Promise.reject(new Error('a search reads from the beginning')),
  };
};

async function found(text: string, wanted: string): Promise<Search[]> {
  const told: Search[] = [];
  await search(sourceOf(text), wanted, new AbortController().signal, (each) => told.push(each));
  return told;
}

describe('a search', () => {
  it('finds lines whatever the case of their letters, each once', async () => {
    const [last] = (await found('Alpha\nbeta ALPHA alpha\ngamma\nalpha', 'aLpHa')).slice(-1);
    expect(last?.matches.map(({ line }) => line)).toEqual(['Alpha', 'beta ALPHA alpha', 'alpha']);
    expect(last?.isEnded).toBe(true);
  });

  it('finds what is on the border of two pieces, and tells how far it is', async () => {
    const filler = `${'x'.repeat(99)}\n`;
    const told = await found(
      `${filler.repeat(10_485)}the needle is here\n${filler.repeat(20_000)}`,
      'needle is',
    );
    expect(told.length).toBeGreaterThan(2);
    expect(told.at(-1)?.matches.map(({ line }) => line)).toEqual(['the needle is here']);
    expect(told.at(-1)?.searched).toBe(told.at(-1)?.size);
  });

  it('looks at what is shown, not at the escape sequences', async () => {
    const line = '\u001b[31mred\u001b[0m';
    expect((await found(line, 'red')).at(-1)?.matches).toHaveLength(1);
    expect((await found(line, '31m')).at(-1)?.matches).toHaveLength(0);
  });

  it('ends at its limit', async () => {
    const [last] = (await found('hit\n'.repeat(mostMatches + 100), 'hit')).slice(-1);
    expect(last?.matches).toHaveLength(mostMatches);
  });

  it('ends when it is no longer wanted', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    abort.abort(reason);
    const run = search(sourceOf('a'), 'a', abort.signal, () => undefined);
    await expect(run).rejects.toBe(reason);
  });
});
