import type { DigestMemory } from '../model/request/digest-memory.ts';
import type { SubmitRequest } from '../model/request/submit-request.ts';
import type { PathFence } from '../../support/paths/path-fence.ts';

/** A request that names a kind of job. */
export type KindRequest = SubmitRequest & { readonly job: string };

/** A request that says all that its kind says, and the runner that takes it. */
export interface KindOrder {
  readonly request: SubmitRequest;
  /** As `JobSpec.runner`. */
  readonly runner: string;
  /** The database that the configuration names for the kind, if the request names none. Absolute. It may lie anywhere. */
  readonly database?: string | undefined;
}

/** The kinds of job that a configuration names. */
export interface JobKinds {
  /** The most jobs of a kind that this process runs at a time. A kind without a limit is not in it. */
  readonly limits: ReadonlyMap<string, number>;

  /**
   * Fills in what the kind says. What the request says itself wins. For a command it reads and hashes the inputs.
   * @param options.fence where the files of the request may lie. A request that is fenced may set only those variables that
   *   the kind declares, and declares no inputs of its own.
   * @throws CabError invalid_request for a kind that is not there; path_refused; and what reading an input throws
   */
  order(
    request: KindRequest,
    options: {
      readonly memory: DigestMemory | undefined;
      readonly fence: PathFence | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<KindOrder>;
}
