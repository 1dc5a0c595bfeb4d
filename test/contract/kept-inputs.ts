import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeptInput } from '../../src/core/ports/maintenance/kept-inputs.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import { all, type MaintainedFixture, type MakeMaintained } from './maintained.ts';

export function describeKeptInputs(name: string, make: MakeMaintained): void {
  describe(`${name} as an inventory of kept inputs`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    const told: string[] = [];
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
    });
    afterEach(async () => {
      await root.close();
      await fixture.stores.close();
      expect(told).toEqual([]);
    });

    /** Bytes, which no store hands back for the job store to keep. */
    const keep = async (text: string): Promise<string> => {
      const sent = { bytes: Buffer.from(text) };
      const place = fixture.stores.inputs.placeOf(sent, false);
      await fixture.stores.inputs.keep(sent, place);
      return place;
    };
    const listed = async (place: string): Promise<KeptInput> => {
      const found = (await all(root.inputs.list())).find((one) => one.name === basename(place));
      if (found === undefined) throw new Error(`${place} is not listed`);
      return found;
    };
    const discard = (input: KeptInput): Promise<boolean> =>
      root.inputs.discard(input, ({ message }) => told.push(message));
    const isMissing = async (place: string): Promise<boolean> =>
      (await root.inputs.missing(place)) !== undefined;

    it('lists what is kept, and when it was written', async () => {
      expect(await all(root.inputs.list())).toEqual([]);
      const places = [await keep('one'), await keep('two')];
      const found = await all(root.inputs.list());
      expect(found.map((one) => one.name).sort()).toEqual(
        places.map((place) => basename(place)).sort(),
      );
      for (const { modified } of found) expect(modified).toBeCloseTo(Date.now(), -5);
    });

    it('removes an input once, and names what is missing', async () => {
      const place = await keep('one');
      expect(await isMissing(place)).toBe(false);
      const input = await listed(place);
      expect(await discard(input)).toBe(true);
      expect(await root.inputs.missing(place)).toContain(basename(place));
      expect(await discard(input)).toBe(false);
      expect(await all(root.inputs.list())).toEqual([]);
    });

    it('leaves what was written since it was listed', async () => {
      const input = await listed(await keep('one'));
      await delay(20);
      const place = await keep('one');
      expect(await discard(input)).toBe(false);
      expect(await isMissing(place)).toBe(false);
    });

    it('finds what does not match the digest in its name, and nothing else', async () => {
      await keep('sound');
      expect(await all(root.inputs.check())).toEqual([]);
      const place = await keep('damaged');
      await fixture.damageInput(place);
      expect(await all(root.inputs.check())).toMatchObject([
        {
          class: 'corrupt',
          place: expect.stringContaining(basename(place)) as string,
          expected: basename(place),
        },
      ]);
    });

    it('knows where an input lies now that was recorded elsewhere', async () => {
      const place = await keep('one');
      expect(root.inputs.pathOf(`/elsewhere/${basename(place)}`)).toBe(place);
    });
  });
}
