/** The options, the findings and the shared state of one check. */
import type { EntryKey } from '../../model/entry/key.ts';
import type { JobStore } from '../../ports/jobs/job-store.ts';
import type { Pace } from '../../../support/time/pace.ts';
import type { StepProgress } from '../../model/report/step-progress.ts';
import type { Checker } from '../../ports/maintenance/entry-checker.ts';
import type { Ledger } from '../../ports/maintenance/ledger.ts';
import type { MaintainedRoot } from '../../ports/maintenance/maintained-root.ts';
import { Findings } from './findings.ts';
import type { Sample } from '../../model/report/sample.ts';
import type { Selection } from './selection.ts';

export interface VerifyOptions {
  readonly root: MaintainedRoot;
  readonly scope: Selection;
  readonly sample: Sample | null;
  readonly quick: boolean;
  /** Entries found sound less than this many milliseconds ago are left out; null checks all. */
  readonly maxAgeMs: number | null;
  readonly checker: Checker;
  readonly pace: Pace;
  /** Wall time at which the check began, in milliseconds. */
  readonly now: number;
  /** `--cas-root DIR` if the suggested commands need it, else empty. */
  readonly rootArguments: string;
  readonly onProgress?: (progress: StepProgress) => void;
}

export interface OutdatedPointer {
  readonly track_id: string;
}

const mostNotes = 100;

/** What the steps of one check share. */
export class VerifyContext {
  readonly options: VerifyOptions;
  readonly findings: Findings;
  readonly notes: string[] = [];
  readonly counts = {
    found: 0,
    checked: 0,
    fresh: 0,
    unsampled: 0,
    files: 0,
    bytes: 0,
    pointers: 0,
  };
  /** Pointers that lead to the right entry but give outdated facts. `repair` rewrites them from the entry. */
  readonly outdated: OutdatedPointer[] = [];
  #fileNotes = 0;
  /** Entries that a repair moved to quarantine and that nothing replaces. */
  readonly lost: EntryKey[] = [];
  /** Undefined if the root has none, or if it cannot be read. */
  readonly store: JobStore | undefined;
  /** Undefined if it cannot be written: then nothing is remembered. */
  readonly ledger: Ledger | undefined;

  constructor(options: VerifyOptions, store: JobStore | undefined, ledger: Ledger | undefined) {
    this.options = options;
    this.store = store;
    this.ledger = ledger;
    this.findings = new Findings(options);
  }

  /** Adds a note about one file. If there are very many, the first are listed and the others counted. */
  note(text: string): void {
    this.#fileNotes += 1;
    if (this.#fileNotes <= mostNotes) this.notes.push(text);
  }

  get unlistedNotes(): number {
    return Math.max(0, this.#fileNotes - mostNotes);
  }

  progress(step: string, done: number, total?: number): void {
    this.options.onProgress?.({ step, done, total });
  }
}
