import { access, constants, statfs } from 'node:fs/promises';
import { CabError } from '../../core/model/errors.ts';
import type { WriteProbe } from '../../core/ports/write-probe.ts';
import { guarded } from '../../support/files/io-error.ts';
import { tryWriting } from '../../support/files/temporary.ts';
import type { Layout } from './layout.ts';

/** Bytes. With less than this, a submission and its result may not fit. */
const leastRoom = 1 << 20;

/** Milliseconds between two test writes. Only a write shows a quota or a failing disk. */
const writeEveryMs = 30_000;

/** Checks that the root can be written: permissions, free space, and now and then a test write. */
export class FsWriteProbe implements WriteProbe {
  readonly #layout: Layout;
  readonly #hasJobs: boolean;
  #wroteAt = -Infinity;

  /** @param hasJobs whether the root keeps the jobs itself */
  constructor(layout: Layout, hasJobs = true) {
    this.#layout = layout;
    this.#hasJobs = hasJobs;
  }

  async assertWritable(): Promise<void> {
    await guarded('the root', () => access(this.#layout.private, constants.W_OK));
    if (this.#hasJobs)
      await guarded('the job store', () => access(this.#layout.jobs, constants.W_OK));
    await refuseFullDisk(this.#layout);
    await this.#write();
  }

  async #write(): Promise<void> {
    if (performance.now() - this.#wroteAt < writeEveryMs) return;
    await guarded('writing to the root', () => tryWriting(this.#layout));
    this.#wroteAt = performance.now();
  }
}

async function refuseFullDisk({ private: own }: Layout): Promise<void> {
  const { bavail, bsize, files, ffree } = await guarded('the root', () => statfs(own));
  const room = bavail * bsize;
  if (room < leastRoom)
    throw new CabError('no_space', `the disk of the root has ${room} bytes left`, {
      details: { free_bytes: room },
    });
  // File systems without a fixed number of files report 0 for both.
  if (files > 0 && ffree === 0)
    throw new CabError('no_space', 'the disk of the root takes no further file', {
      details: { free_files: 0 },
    });
}
