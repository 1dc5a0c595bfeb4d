/** What a program may do with its own root beside jobs: check it, collect garbage, pin entries, remove tracks. */
import * as z from 'zod/mini';
import type { GcPolicy } from '../../core/maintenance/gc/policy.ts';
import type { Pinned, Restored } from '../../core/maintenance/pinning.ts';
import type { RemovedTrack } from '../../core/maintenance/remove-tracks.ts';
import { formatKey, type EntryKey } from '../../core/model/entry/key.ts';
import type { StepProgress } from '../../core/model/report/step-progress.ts';
import type { GcDecision, GcReport } from '../../core/model/report/gc-report.ts';
import type { Finding, VerifyReport } from '../../core/model/report/verify-report.ts';
import { checked, entryKey, given, signal } from './checked.ts';
import { listing, type Listing } from './listing.ts';

/** Ends a long call, and follows it. */
export interface MaintenanceOptions {
  /** Ends the call, which then throws the signal's reason. What was done until then is sound. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the current step, and how far it is. */
  readonly onProgress?: ((progress: StepProgress) => void) | undefined;
}

export interface VerifyOptions extends MaintenanceOptions {
  /** Entries, configurations and pointers, by their paths below the root, as findings give them. By default the whole root. */
  readonly paths?: readonly string[] | undefined;
  /** True: compares names and sizes, and reads no file. */
  readonly quick?: boolean | undefined;
  /** `5%`: that share of the entries, others each time. `2/7`: the second of seven parts, the same each time. */
  readonly sample?: string | undefined;
  /** Leaves out entries that a check found sound less than this many milliseconds ago. */
  readonly maxAgeMs?: number | undefined;
  /** True: corrupt entries go to quarantine, pointers are written again, leftovers are removed. */
  readonly repair?: boolean | undefined;
  /** How many threads read; by default the number of cores. */
  readonly threads?: number | undefined;
}

/** What stays. A rule that is left out has the default that `cab config` shows. */
export interface GcOptions extends MaintenanceOptions, Partial<Omit<GcPolicy, 'settleMs'>> {
  /** True: decides, and removes nothing. */
  readonly dryRun?: boolean | undefined;
}

/** An entry: its key, `CONFIG/SOURCE`, or the track that points to it. */
export type EntryName = EntryKey | string;

export interface Maintenance {
  /**
   * Checks digests, sizes and names, the pointers and the job store. Awaited it gives the report, in a `for await` the findings.
   * Findings come once the check has ended, because only then it is known which tracks and jobs they concern.
   * Throws store_unreadable, usage for a path outside the root.
   */
  verify(options?: VerifyOptions): Listing<Finding, VerifyReport>;
  /**
   * Removes entries that no track, pin or job needs, and old records of jobs. Awaited it gives the report, in a `for await` its
   * decisions: in a dry run one for each entry, else one for each entry that was removed or could not be.
   * Throws store_unreadable, queue_unreadable, queue_busy, no_space, root_unwritable.
   */
  gc(options?: GcOptions): Listing<GcDecision, GcReport>;
  /** The entries that are pinned, sorted by key. */
  pins(): Listing<EntryKey, readonly EntryKey[]>;
  /** Keeps an entry from garbage collection, even if its track moves on. Throws not_found, root_unwritable. */
  pin(entry: EntryName): Promise<Pinned>;
  /** Throws not_found if no pin and no entry has that name. */
  unpin(entry: EntryName): Promise<Pinned>;
  /** Brings an entry back from the trash. Throws not_found, root_unwritable, hash_mismatch. */
  restore(entry: EntryName): Promise<Restored>;
  /**
   * Removes the tracks that a pattern fits: `*` stands for any characters, `?` for one. Their entries stay for garbage
   * collection. Throws not_found if there is none.
   */
  removeTracks(
    pattern: string,
    options?: { readonly dryRun?: boolean | undefined },
  ): Promise<readonly RemovedTrack[]>;
}

/** The same of one store. */
export interface MaintainedStore {
  verify(options: VerifyOptions): Promise<VerifyReport>;
  gc(options: GcOptions): Promise<GcReport>;
  pins(): Promise<readonly EntryKey[]>;
  pin(entry: string): Promise<Pinned>;
  unpin(entry: string): Promise<Pinned>;
  restore(entry: string): Promise<Restored>;
  removeTracks(pattern: string, dryRun: boolean): Promise<readonly RemovedTrack[]>;
}

/** Checks the arguments. `load` is called with the first call, because most programs make none. */
export function maintenance(load: () => Promise<MaintainedStore>): Maintenance {
  const on = async <T>(use: (store: MaintainedStore) => Promise<T>): Promise<T> =>
    use(await load());
  return {
    verify: (options = {}) =>
      listing(
        on((store) => store.verify(started(checked(verifySchema, 'options', options)))),
        ({ findings }) => findings,
      ),
    gc: (options = {}) =>
      listing(
        on((store) => store.gc(started(given(checked(gcSchema, 'options', options))))),
        ({ decisions }) => decisions,
      ),
    pins: () =>
      listing(
        on((store) => store.pins()),
        (pins) => pins,
      ),
    pin: (entry) => on((store) => store.pin(nameOf(entry))),
    unpin: (entry) => on((store) => store.unpin(nameOf(entry))),
    restore: (entry) => on((store) => store.restore(nameOf(entry))),
    removeTracks: (pattern, { dryRun = false } = {}) =>
      on((store) => store.removeTracks(checked(z.string(), 'pattern', pattern), dryRun)),
  };
}

function started<T extends MaintenanceOptions>(options: T): T {
  options.signal?.throwIfAborted();
  return options;
}

function nameOf(entry: EntryName): string {
  const named = checked(nameSchema, 'entry', entry);
  return typeof named === 'string' ? named : formatKey(named);
}

const nameSchema = z.union([z.string(), entryKey], 'expected a key or the name of a track');
const flag = z.optional(z.boolean());
const amount = z.optional(z.number().check(z.minimum(0)));
const count = z.optional(z.int().check(z.minimum(1)));
const onProgress = z.optional(
  z.custom((value) => typeof value === 'function', 'expected a function'),
);

const verifySchema = z.strictObject({
  ...{ signal, onProgress, quick: flag, repair: flag, maxAgeMs: amount, threads: count },
  paths: z.optional(z.array(z.string())),
  sample: z.optional(
    z.string().check(z.regex(/^(\d+(\.\d+)?%|\d+\/\d+)$/, 'expected 5% or 2/7, for example')),
  ),
});

const gcSchema = z.strictObject({
  ...{ signal, onProgress, dryRun: flag, keepLast: count, keepMs: amount, graceMs: amount },
  ...{ keepJobs: amount, keepJobMs: amount, cacheMs: amount, cacheSize: amount },
  ...{ maxSize: z.nullish(amount), quarantineMs: z.nullish(amount), trackMs: z.nullish(amount) },
});
