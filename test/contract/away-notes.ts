import { describe, expect, it } from 'vitest';
import type { AwayNotes } from '../../src/core/ports/upstream.ts';

export function describeAwayNotes(name: string, make: () => Promise<AwayNotes>): void {
  describe(`${name} as notes of upstreams that were away`, () => {
    it('knows nothing of an upstream that nobody noted', async () => {
      expect(await (await make()).since('http://box')).toBeUndefined();
    });

    it('says how long ago an upstream was found away, and forgets it when it answers', async () => {
      const notes = await make();
      await notes.set('http://box', true);
      await notes.set('http://other', true);
      expect(await notes.since('http://box')).toBeGreaterThanOrEqual(0);
      await notes.set('http://box', false);
      await notes.set('http://box', false);
      expect(await notes.since('http://box')).toBeUndefined();
      expect(await notes.since('http://other')).toBeGreaterThanOrEqual(0);
    });
  });
}
