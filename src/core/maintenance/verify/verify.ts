/**
 * Checks a root while other processes use it. Nothing is locked: an entry appears and disappears by one rename, and one rename
 * replaces a pointer. So whatever looks wrong is checked a second time, and is reported only if it is still wrong.
 */
import { isCabError, type CabError } from '../../model/errors.ts';
import type { VerifyReport } from '../../model/report/verify-report.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Ledger } from '../../ports/maintenance/ledger.ts';
import { VerifyContext, type VerifyOptions } from './context.ts';
import { checkEntries } from './entries.ts';
import { checkJobStore, storeProblem } from './job-store.ts';
import { checkLeftovers } from './leftovers.ts';
import { checkPointers } from './pointers.ts';
import { tellReach } from './affected.ts';

/** Handles the findings before they are reported. */
export type Mend = (verify: VerifyContext) => Promise<void>;

const steps = [checkEntries, checkPointers, checkLeftovers, checkJobStore, tellReach];

/** @throws the reason of the pace's signal */
export async function verifyRoot(options: VerifyOptions, mend?: Mend): Promise<VerifyReport> {
  const began = performance.now();
  const opened = await Opened.all(options);
  const verify = new VerifyContext(options, opened.store, opened.ledger);
  try {
    opened.tell(verify);
    for (const step of steps) await step(verify);
    await mend?.(verify);
    return reportOf(verify, performance.now() - began);
  } finally {
    await opened.ledger?.close();
  }
}

/** The parts without which a check still works. A part that cannot be opened is reported. */
class Opened {
  store: JobStore | undefined;
  ledger: Ledger | undefined;
  readonly #failures: ['job store' | 'ledger', CabError][] = [];

  static async all({ root, quick }: VerifyOptions): Promise<Opened> {
    const opened = new Opened();
    opened.store = await opened.#attempt('job store', () => root.jobs.existing());
    if (!quick) opened.ledger = await opened.#attempt('ledger', () => root.ledger.made());
    return opened;
  }

  tell(verify: VerifyContext): void {
    const { place } = verify.options.root.jobs;
    for (const [what, failure] of this.#failures) {
      if (what === 'job store') verify.findings.add(storeProblem(place, failure));
      else verify.notes.push(`nothing is remembered of this check: ${failure.message}`);
    }
  }

  async #attempt<T>(what: 'job store' | 'ledger', open: () => Promise<T>): Promise<T | undefined> {
    try {
      return await open();
    } catch (error) {
      // Without SQLite the installation is incomplete. That says nothing of the root.
      if (!isCabError(error) || error.code === 'sqlite_unavailable') throw error;
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
    root: options.root.name,
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
