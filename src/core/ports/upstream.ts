import type { Readable } from 'node:stream';
import { CabError } from '../model/errors.ts';
import { formatKey, type EntryKey } from '../model/entry/key.ts';

export interface UpstreamQuestion {
  /** The brokers that passed the question on. None of them is asked again, so that a ring of upstreams ends. */
  readonly via: readonly string[];
  readonly signal: AbortSignal;
}

/** A file that is offered, with a way to read it. `open` may be called more than once. */
export interface OfferedFile {
  readonly path: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  open(): Promise<Readable>;
}

export interface OfferedEntry {
  readonly key: EntryKey;
  /** The content of the manifest's file. */
  readonly manifest: Uint8Array;
  readonly files: readonly OfferedFile[];
}

/** `stands`: this very entry was there already. `other`: another entry of the key stands there, and stays. */
export type PushOutcome = 'pushed' | 'stands' | 'other';

/**
 * Another cab, whose entries may be used here. An upstream may answer anything: the caller checks what it answers. A method
 * must not wait or take up memory without limit. It waits no longer than the limit that the upstream was made with, for an
 * answer or for the next bytes, and bytes that come slower than a fixed rate end the call.
 * Every method throws upstream_unreachable if the upstream as a whole cannot be used now (it is away, slow, refuses the caller
 * or does not speak cab's HTTP), upstream_entry_invalid if only this entry cannot be had, and the signal's reason.
 * Contract suite: test/contract/upstream.ts.
 */
export interface Upstream {
  /** How messages name it: its address, without secrets. */
  readonly name: string;

  /** The content of the manifest's file, at most `mostManifestBytes`; undefined if the upstream has no such entry. */
  manifest(key: EntryKey, question: UpstreamQuestion): Promise<Uint8Array | undefined>;

  /**
   * Runs `read` with the bytes of a file of an entry, as they come. `read` counts and hashes them, and may stop at any time. Throws
   * what `read` throws as well.
   */
  file<T>(
    key: EntryKey,
    path: string,
    question: UpstreamQuestion,
    read: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T>;

  /**
   * Puts an entry there: the files that are missing, then the manifest, which makes the entry visible. May be called again after
   * any failure, and sends again only what did not arrive. Never replaces an entry.
   */
  push(entry: OfferedEntry, signal: AbortSignal): Promise<PushOutcome>;

  /** Whether it answers, and takes the token: throws as the others. */
  probe(signal: AbortSignal): Promise<void>;

  /** Requests in progress end with an error. Idempotent. */
  close(): Promise<void>;
}

/**
 * Remembers which upstreams were away, so that the next process does not wait for them again. May be lost without harm, and never
 * throws. Contract suite: test/contract/away-notes.ts.
 */
export interface AwayNotes {
  /** How many milliseconds ago the upstream was found away; undefined if it is not known to be away. */
  since(name: string): Promise<number | undefined>;
  /** False if there is no place for notes yet; a later call may find one. */
  set(name: string, isAway: boolean): Promise<boolean>;
}

/** The error of an entry that an upstream has, or takes, in a way that is of no use. */
export const unusableEntry = (
  upstream: string,
  key: EntryKey,
  problem: string,
  { file, cause }: { readonly file?: string; readonly cause?: unknown } = {},
): CabError =>
  new CabError(
    'upstream_entry_invalid',
    `upstream ${upstream}, entry ${formatKey(key)}: ${problem}`,
    {
      details: { upstream, ...key, ...(file !== undefined && { file }) },
      cause,
    },
  );
