import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import type { PointerInventory } from '../../src/core/ports/maintenance/pointer-inventory.ts';
import { all, type MaintainedFixture, type MakeMaintained } from './maintained.ts';
import { pointerOf } from './pointer-store.ts';

export function describePointerInventory(name: string, make: MakeMaintained): void {
  describe(`${name} as an inventory of pointers`, () => {
    let fixture: MaintainedFixture;
    let root: MaintainedRoot;
    let pointers: PointerInventory;
    beforeEach(async () => {
      fixture = await make();
      root = fixture.open();
      pointers = root.pointerFiles;
    });
    afterEach(async () => {
      await root.close();
      await fixture.stores.close();
    });

    const write = (track: string, n: number) => fixture.stores.pointers.write(pointerOf(track, n));
    const names = async (): Promise<string[]> =>
      (await all(pointers.files())).map((item) => ('file' in item ? item.file : item.place));

    it('lists nothing where no pointer was written', async () => {
      expect(await names()).toEqual([]);
      expect(await all(pointers.targets())).toEqual([]);
    });

    it('lists each pointer once, however many there are, and what it leads to', async () => {
      for (let n = 0; n < 120; n += 1) await write(`track${n}`, n);
      expect(new Set(await names()).size).toBe(120);
      const targets = await all(pointers.targets());
      const told = targets.map((target) =>
        target.kind === 'pointer' ? `${target.track_id} ${target.key.source_hash}` : target.file,
      );
      expect(told.sort()).toEqual(Array.from({ length: 120 }, (_, n) => `track${n} s${n}`).sort());
    });

    it('reads what stands under a name', async () => {
      await write('t', 1);
      const [file = ''] = await names();
      expect(await pointers.read(file)).toMatchObject({
        kind: 'pointer',
        pointer: pointerOf('t', 1),
      });
      expect(pointers.where(file)).toContain(file);
      expect(await pointers.read('none.json')).toEqual({ kind: 'gone' });
    });

    it('shows what is no pointer, and leaves out no other', async () => {
      await write('sound', 1);
      await write('damaged', 2);
      await fixture.damagePointer('damaged');
      const targets = await all(pointers.targets());
      expect(targets.map(({ kind }) => kind).sort()).toEqual(['pointer', 'unclear']);
      const unclear = targets.find((target) => target.kind === 'unclear');
      expect(unclear).toMatchObject({ keys: [], error: { code: 'pointer_invalid' } });
      const read = await pointers.read(unclear?.kind === 'unclear' ? unclear.file : '');
      expect(read).toMatchObject({ kind: 'invalid', keys: [] });
    });

    it('takes one into quarantine, which is evidence then, and leaves its place free', async () => {
      await write('t', 1);
      const [file = ''] = await names();
      expect(await pointers.setAside(file)).toEqual(expect.any(String));
      expect(await pointers.setAside(file)).toBeUndefined();
      expect(await pointers.read(file)).toEqual({ kind: 'gone' });
      expect(await fixture.stores.pointers.read('t')).toBeUndefined();
      const trash = root.trash({ now: Date.now(), tell: () => undefined });
      expect(await trash.evidence()).toHaveLength(1);
      await write('t', 2);
      expect(await names()).toEqual([file]);
    });
  });
}
