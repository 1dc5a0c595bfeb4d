import { mkdir } from 'node:fs/promises';
import type { Arrival, ArrivedEntry, StagedEntry } from '../../core/ports/workspace.ts';
import { ArrivingFiles } from '../../support/files/arriving-files.ts';
import type { TellStuck } from '../../support/files/stuck.ts';

/** An entry from another machine, for stores in memory. */
export class PlainArrival extends ArrivingFiles implements Arrival {
  static async make(dir: string, tell: TellStuck): Promise<PlainArrival> {
    await mkdir(dir, { recursive: true });
    return new PlainArrival(dir, tell);
  }

  async finish({ bytes, files, ...entry }: ArrivedEntry): Promise<StagedEntry> {
    return { ...entry, dir: await this.place({ ...entry, bytes, files }) };
  }
}
