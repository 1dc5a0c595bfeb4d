import type { SentInput } from '../model/request/sent-input.ts';

/** Text of an input that is now a file, for a runner to read. */
export interface UnfoldedInput {
  /** As `fingerprintOf` gives it for the file. */
  readonly fingerprint: string;
  /** Whether the file still holds that text, byte for byte. */
  isIntact(): Promise<boolean>;
}

/**
 * Keeps inputs that were sent, not named, for as long as their jobs may need them; if machines share it, also those that were
 * named, and databases. A job records the place of its input: the path of a file on this machine, which exists after `unfold` or
 * `fetch`. The same content always has the same place. On another machine the last part of the place is the same.
 * Contract suite: test/contract/input-store.ts.
 */
export interface InputStore {
  /** True: jobs may run on other machines, so inputs that were named, not sent, are kept as well. */
  readonly isShared: boolean;

  /** The place that a job records. Makes nothing there. */
  placeOf(sent: SentInput, isJson: boolean): string;

  /** Whether this place belongs to the store, not to a user. */
  owns(place: string): boolean;

  /** The place on this machine of an input that a job recorded, perhaps on another machine or before the root was moved. */
  currentPlace(recorded: string): string;

  /**
   * Makes sure that the input is there for its job. If it returns text, the caller must put the text into the job store with
   * the job. If it returns undefined, the input is durable. Garbage collection may remove the input until the job is accepted
   * (`NewJob.lookedSince`).
   */
  keep(sent: SentInput, place: string): Promise<string | undefined>;

  /**
   * Makes sure that workers on other machines find the bytes of a named file, whatever its size. `digest` is its SHA-256. Gives the
   * place that the job records; undefined if this store takes no files, or none of this size. Garbage collection as for `keep`.
   */
  keepFile(path: string, digest: string): Promise<string | undefined>;

  /**
   * Writes text that went into the job store to the file at the place. An existing file counts only if it holds that text: it
   * need not be durable, so after a crash of the machine it may hold anything. May be called more than once, also by two
   * workers at once.
   */
  unfold(place: string, text: string): Promise<UnfoldedInput>;

  /**
   * Makes the file at the place from what `keep` made durable, if there is no file. Must be called before a runner or a hash
   * reads the file. Makes nothing if nothing is kept: the reader then finds no file. Replaces no file: others may be reading it.
   */
  fetch(place: string): Promise<void>;

  /** Replaces the file at the place by what `keep` or `keepFile` made durable, because it was damaged. Leaves it if nothing is kept. */
  renew(place: string): Promise<void>;
}
