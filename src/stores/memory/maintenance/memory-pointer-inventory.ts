import { CabError } from '../../../core/model/errors.ts';
import type {
  PointedAt,
  PointerInventory,
  PointerName,
  PointerRead,
} from '../../../core/ports/pointer-inventory.ts';
import type { StoredPointers } from '../memory-root.ts';
import type { Quarantine } from '../quarantine.ts';

/** Pointers in memory, as garbage collection and verify see them. */
export class MemoryPointerInventory implements PointerInventory {
  readonly #pointers: StoredPointers;
  readonly #quarantine: Quarantine;

  constructor(pointers: StoredPointers, quarantine: Quarantine) {
    this.#pointers = pointers;
    this.#quarantine = quarantine;
  }

  async *targets(): AsyncGenerator<readonly PointedAt[]> {
    yield [...this.#pointers].map(([file, found]): PointedAt => {
      if (found instanceof CabError) return { kind: 'unclear', file, keys: [], error: found };
      const { track_id, config_hash, source_hash } = found;
      return { kind: 'pointer', key: { config_hash, source_hash }, track_id };
    });
  }

  async *files(): AsyncGenerator<readonly PointerName[]> {
    yield [...this.#pointers.keys()].map((file) => ({ kind: 'file', file }));
  }

  async read(file: string): Promise<PointerRead> {
    const found = this.#pointers.get(file);
    if (found === undefined) return { kind: 'gone' };
    if (found instanceof CabError) return { kind: 'invalid', message: found.message, keys: [] };
    return { kind: 'pointer', pointer: found };
  }

  async setAside(file: string): Promise<string | undefined> {
    const found = this.#pointers.get(file);
    if (found === undefined) return undefined;
    this.#pointers.delete(file);
    return this.#quarantine.add(found);
  }

  where(file: string): string {
    return `memory:index/${file}`;
  }
}
