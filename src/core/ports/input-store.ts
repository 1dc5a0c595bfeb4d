import type { SentInput } from '../model/sent-input.ts';

/** Text of an input that is a file now, for a runner to read. */
export interface UnfoldedInput {
  /** As `fingerprintOf` the file. */
  readonly fingerprint: string;
  /** Whether the file still holds that text, byte for byte. */
  isIntact(): Promise<boolean>;
}

/**
 * Keeps inputs that were sent, not named, for as long as their jobs may need them. A job records the place of its input: the
 * path of a file of this machine, which is there once `unfold` or `fetch` has made it. The same content always has the same
 * place, and on another machine a place whose last part is the same.
 * Implementations join by passing test/contract/input-store.ts.
 */
export interface InputStore {
  /** The place that a job is to record. Makes nothing there. */
  placeOf(sent: SentInput, isJson: boolean): string;

  /** Whether an input at this place is kept here, and not its owner's. */
  owns(place: string): boolean;

  /** The place here and now of an input that a job recorded, perhaps on another machine, or before the root was moved. */
  currentPlace(recorded: string): string;

  /**
   * Makes sure that the input is there for its job. Text that comes back is to go into the job store with the job;
   * where nothing comes back, the input is durable on return. A collection may take it until the job is accepted:
   * whoever accepts the job asks `has`.
   */
  keep(sent: SentInput, place: string): Promise<string | undefined>;

  /**
   * Whether `keep` made an input durable that was not collected since. Synchronous, for a job store asks it within the
   * transaction that accepts a job (`NewJob.stillThere`).
   */
  has(place: string): boolean;

  /**
   * Makes the file at the place of text that went into the job store. A file that is there counts only if it holds that
   * text: it need not be durable, and a crash of the machine may have left anything in it. May be called more than once,
   * also by two workers at once.
   */
  unfold(place: string, text: string): Promise<UnfoldedInput>;

  /**
   * Makes the file at the place of what `keep` made durable, if there is no file. To be called before a runner or a hash
   * reads it. Makes nothing if nothing is kept: whoever reads finds no file.
   */
  fetch(place: string): Promise<void>;
}
