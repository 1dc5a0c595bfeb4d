import type { DigestMemory } from '../model/request/digest-memory.ts';
import type { Declared, JsonObject } from '../model/job/job.ts';

/** Files that a runner reads beside its input, by the names that a job declares. */
export interface DeclaredInputs {
  /**
   * Finds the files that the names mean now, and hashes them. Reads no file whose digest `memory` knows.
   * @throws CabError usage, input_not_found, input_not_file, input_unreadable, input_changed; the signal's reason
   */
  read(
    declared: Declared,
    memory: DigestMemory | undefined,
    signal: AbortSignal,
  ): Promise<DeclaredFiles>;
}

export interface DeclaredFiles {
  /** What the key holds: by path, the SHA-256 of a file, with ` x` if it may be executed, or `-> ` and the target of a link. */
  readonly content: JsonObject;
  /** The path of a file that was changed, added or removed since; undefined if there is none. */
  movedSince(signal: AbortSignal): Promise<string | undefined>;
}
