import { access, constants, statfs } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { guarded } from '../../../support/files/io-error.ts';
import type { Layout } from '../../../stores/local/layout.ts';
import { tryWriting } from '../../../support/files/temporary.ts';
import { CabError } from '../../model/errors.ts';
import type { LazyJobStore } from '../../ports/lazy-job-store.ts';
import { refuseOverflow } from '../submission/queue-limit.ts';

export interface ReadinessOptions {
  readonly layout: Layout;
  readonly stores: LazyJobStore;
  readonly queueLimit: number;
}

/** With less than this a submission and its result may well not fit any more. Bytes. */
const leastRoom = 1 << 20;

/** What a look cannot show (a quota, a disk that fails) shows when something is written; once in so many milliseconds. */
const writeEveryMs = 30_000;

/** For the lock of the job store. */
const patienceMs = 2_000;

/** Whether a job that came now could be taken. For probes, which come every few seconds: looks, and seldom writes. */
export class Readiness {
  readonly #options: ReadinessOptions;
  #wroteAt = -Infinity;

  constructor(options: ReadinessOptions) {
    this.#options = options;
  }

  /** @throws CabError root_moved, queue_full, no_space, root_unwritable, io_error, and what the job store throws */
  async check(): Promise<void> {
    const { layout, stores, queueLimit } = this.#options;
    const store = await stores.made();
    // A store that was moved or removed can still be written by who has it open, and takes jobs that nobody will find.
    await store.assertInPlace();
    refuseOverflow(await store.counts(), queueLimit);
    await guarded('the root', () => access(layout.private, constants.W_OK));
    await guarded('the job store', () => access(layout.jobs, constants.W_OK));
    await soon(store.assertWritable());
    await refuseFullDisk(layout);
    await this.#write();
  }

  /** What failed is tried again by the next look, so that a disk that was mended shows at once. */
  async #write(): Promise<void> {
    if (performance.now() - this.#wroteAt < writeEveryMs) return;
    await guarded('writing to the root', () => tryWriting(this.#options.layout));
    this.#wroteAt = performance.now();
  }
}

/** A submission waits longer for its turn; a probe wants to know whether it would have to. */
async function soon(writable: Promise<void>): Promise<void> {
  const tooLate = new AbortController();
  const late = delay(patienceMs, undefined, { signal: tooLate.signal }).then(() => {
    throw new CabError('queue_busy', `the job store was not free for ${patienceMs / 1000} s`);
  });
  try {
    await Promise.race([writable, late]);
  } finally {
    tooLate.abort();
    late.catch(() => undefined);
  }
}

async function refuseFullDisk({ private: own }: Layout): Promise<void> {
  const { bavail, bsize, files, ffree } = await guarded('the root', () => statfs(own));
  const room = bavail * bsize;
  if (room < leastRoom)
    throw new CabError('no_space', `the disk of the root has ${room} bytes left`, {
      details: { free_bytes: room },
    });
  // File systems without a fixed number of files say 0 of both.
  if (files > 0 && ffree === 0)
    throw new CabError('no_space', 'the disk of the root takes no further file', {
      details: { free_files: 0 },
    });
}
