/**
 * `.cab/unwritten`: a file with the id of the boot in which rows of `unwritten` were made. It tells a process that opens no job
 * store whether files of the root may be damaged: they are if the machine was restarted since. It is durable before the first
 * row, and is removed with the last one, under the write lock of the job store. If its removal is lost, somebody looks in vain.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { syncDirectory } from '../../../support/files/durable.ts';
import { writeThrough, type TemporaryPlace } from '../../../support/files/temporary.ts';
import { bootId } from '../../../support/process/clock.ts';

/** The mark in the directory `.cab`. */
export const unwrittenMark = (own: string): string => join(own, 'unwritten');

/** Whether the root was in use when the machine went down. */
export function isOfOtherBoot(own: string): boolean {
  const boot = markedBoot(own);
  return boot !== undefined && boot !== bootId();
}

/** Undefined if there is no mark. */
export function markedBoot(own: string): string | undefined {
  try {
    return readFileSync(unwrittenMark(own), 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errnoOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** For a root without a job store. */
export const forgetUnwritten = (own: string): void => rmSync(unwrittenMark(own), { force: true });

export class UnwrittenMark {
  readonly #own: string;
  #made: Promise<void> | undefined;

  /** @param file the job store */
  constructor(file: string) {
    this.#own = dirname(file);
  }

  /** Durable on return. */
  make(): Promise<void> {
    return (this.#made ??= this.#write());
  }

  isOfOtherBoot(): boolean {
    return isOfOtherBoot(this.#own);
  }

  /** Whether it is there. If another process removed it, `make` makes it again. */
  stands(): boolean {
    if (existsSync(unwrittenMark(this.#own))) return true;
    this.#made = undefined;
    return false;
  }

  /** Within a transaction. */
  remove(): void {
    forgetUnwritten(this.#own);
    this.#made = undefined;
  }

  async #write(): Promise<void> {
    try {
      const place: TemporaryPlace = { private: this.#own, temporary: join(this.#own, 'tmp') };
      await writeThrough(place, unwrittenMark(this.#own), `${bootId()}\n`);
      await syncDirectory(this.#own);
    } catch (error) {
      this.#made = undefined;
      throw error;
    }
  }
}
