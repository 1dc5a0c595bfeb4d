/**
 * Checks a root beside whatever works on it. Nothing is locked for it: entries appear and go by one rename, pointers
 * are replaced by one, so whatever looks wrong is looked at a second time, and is told only if it still is.
 */
import { existsSync } from 'node:fs';
import { refuseFileAsRoot } from '../../../stores/local/root-directory.ts';
import { CabError, isCabError } from '../../model/errors.ts';
import type { VerifyReport } from '../../model/verify-report.ts';
import type { JobStore } from '../../ports/job-store.ts';
import { openJobStore } from '../../../stores/sqlite/sqlite-job-store.ts';
import { Ledger } from '../ledger.ts';
import { VerifyContext, type VerifyOptions } from './context.ts';
import { checkEntries } from './entries.ts';
import { checkJobStore, storeProblem } from './job-store.ts';
import { checkLeftovers } from './leftovers.ts';
import { checkPointers } from './pointers.ts';
import { tellReach } from './affected.ts';

/** What is done with what was found, before it is reported. */
export type Mend = (verify: VerifyContext) => Promise<void>;

const steps = [checkEntries, checkPointers, checkLeftovers, checkJobStore, tellReach];

/** @throws CabError store_unreadable where there is no such root; the reason of the pace's signal */
export async function verifyRoot(options: VerifyOptions, mend?: Mend): Promise<VerifyReport> {
  try {
    return await verified(options, mend);
  } finally {
    // Threads that nobody ends keep the process.
    await options.checker.close();
  }
}

async function verified(options: VerifyOptions, mend: Mend | undefined): Promise<VerifyReport> {
  const { layout } = options;
  const began = performance.now();
  refuseFileAsRoot(layout.root);
  if (!existsSync(layout.root))
    throw new CabError('store_unreadable', `there is no root at ${layout.root}`, {
      hint: 'Name it with --cas-root.',
    });
  const opened = await Opened.all(options);
  const verify = new VerifyContext(options, opened.store, opened.ledger);
  try {
    opened.tell(verify);
    for (const step of steps) await step(verify);
    await mend?.(verify);
    return reportOf(verify, performance.now() - began);
  } finally {
    await opened.ledger?.close();
    await opened.store?.close();
  }
}

/** What a check can do without, and says so. */
class Opened {
  store: JobStore | undefined;
  ledger: Ledger | undefined;
  readonly #failures: ['job store' | 'ledger', CabError][] = [];

  static async all({ layout, quick }: VerifyOptions): Promise<Opened> {
    const opened = new Opened();
    opened.store = await opened.#attempt('job store', () =>
      openJobStore({ file: layout.jobs, create: false, look: true }),
    );
    // A tree that cab never worked in stays as it is: a check of a checkout must not change it.
    if (!quick && existsSync(layout.private))
      opened.ledger = await opened.#attempt('ledger', () => Ledger.open(layout.ledger));
    return opened;
  }

  tell(verify: VerifyContext): void {
    const { layout } = verify.options;
    for (const [what, failure] of this.#failures) {
      if (what === 'job store') verify.findings.add(storeProblem(layout.jobs, failure));
      else verify.notes.push(`nothing is remembered of this check: ${failure.message}`);
    }
  }

  async #attempt<T>(what: 'job store' | 'ledger', open: () => Promise<T>): Promise<T | undefined> {
    try {
      return await open();
    } catch (error) {
      if (!isCabError(error)) throw error;
      this.#failures.push([what, error]);
      return undefined;
    }
  }
}

function reportOf(verify: VerifyContext, elapsedMs: number): VerifyReport {
  const { findings, counts, notes, options } = verify;
  const { found, checked, fresh, unsampled, files, bytes, pointers } = counts;
  if (verify.unlistedNotes > 0) notes.push(`${verify.unlistedNotes} more notes are not listed`);
  if (findings.unlisted > 0) notes.push(`${findings.unlisted} more findings are not listed`);
  return {
    root: options.layout.root,
    sound: findings.areMended,
    quick: options.quick,
    sample: options.sample?.text ?? null,
    entries: { found, checked, fresh, unsampled },
    files,
    bytes,
    pointers,
    recomputed: 0,
    counts: findings.counts,
    findings: findings.listed,
    notes,
    elapsed_s: Math.round(elapsedMs) / 1000,
  };
}
