import type { EntryKey } from '../../model/entry/key.ts';
import {
  findingClasses,
  type Finding,
  type FindingClass,
} from '../../model/report/verify-report.ts';
import type { Problem } from '../../ports/maintenance/entry-checker.ts';

/** The most findings that are listed; all are counted. The findings of a ruined tree must not fill the memory. */
const mostListed = 10_000;

/** A finding while the steps work on it, until it is reported. */
export type OpenFinding = { -readonly [Name in keyof Finding]: Finding[Name] };

export class Findings {
  readonly listed: OpenFinding[] = [];
  readonly #counts = new Map<FindingClass, number>();
  readonly #rootArguments: string;

  constructor({ rootArguments }: { readonly rootArguments: string }) {
    this.#rootArguments = rootArguments;
  }

  add(problem: Problem, of: { key?: EntryKey; track_id?: string } = {}): void {
    this.#counts.set(problem.class, (this.#counts.get(problem.class) ?? 0) + 1);
    if (this.listed.length >= mostListed) return;
    const path = problem.place;
    this.listed.push({
      class: problem.class,
      path,
      message: problem.message,
      key: of.key ?? null,
      expected: problem.expected,
      actual: problem.actual,
      tracks: of.track_id === undefined ? [] : [of.track_id],
      jobs: [],
      mend: mendOf(problem.class, path, of.key, this.#rootArguments),
      repaired: null,
    });
  }

  get counts(): Record<FindingClass, number> {
    const count = (name: FindingClass) => [name, this.#counts.get(name) ?? 0] as const;
    return Object.fromEntries(findingClasses.map(count)) as Record<FindingClass, number>;
  }

  get unlisted(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, -this.listed.length);
  }

  /** Whether all that was found was repaired. */
  get areMended(): boolean {
    return this.unlisted === 0 && this.listed.every(({ repaired }) => repaired !== null);
  }
}

function mendOf(
  kind: FindingClass,
  path: string,
  key: EntryKey | undefined,
  root: string,
): string | null {
  const isPointer = path.startsWith('echo/index/');
  const place =
    key === undefined || isPointer ? path : `echo/${key.config_hash}/${key.source_hash}`;
  const flags = root === '' ? '' : ` ${root}`;
  switch (kind) {
    case 'corrupt':
    case 'missing':
    case 'dangling_pointer':
      // It is an input or a database, and no command can make those.
      if (key === undefined && !isPointer) return null;
      return `cab verify --repair --rerun${flags} ${quoted(place)}`;
    case 'changed_while_reading':
      return `cab verify${flags} ${quoted(place)}`;
    case 'leftover':
      return `cab verify --repair${flags}`;
    case 'job_store':
      return `cab doctor --fix${flags}`;
    case 'unreadable':
    case 'stray':
    case 'not_reproducible':
      return null;
    default:
      return kind satisfies never;
  }
}

/** Quotes a text for a shell. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
