import type { ExchangeOptions } from '../../core/engine/exchange/upstream-exchange.ts';
import type { UpstreamPlace } from './upstream-addresses.ts';

/** What the user says of upstreams. */
export interface UpstreamOptions {
  /** In the order in which they are asked. At least one. */
  readonly places: readonly UpstreamPlace[];
  /** Whether new results are sent to the first. */
  readonly pushes: boolean;
  /** How long an upstream may keep this broker waiting. Milliseconds. */
  readonly waitMs: number;
  /** Bytes of the largest entry that is fetched. */
  readonly mostBytes: number;
  /** Reports what went wrong, to people. */
  readonly tell: ExchangeOptions['tell'];
  /** How long a result that could not be sent is tried again. */
  readonly isPatient: boolean;
  /** How long the end of this broker waits for results that are being sent. Milliseconds. */
  readonly closingMs: number;
  /** When it aborts, nothing more is sent. Called with the first question. */
  readonly interruption: () => AbortSignal;
}

export type ExchangeParts = Pick<
  ExchangeOptions,
  'entries' | 'workspace' | 'manifestName' | 'notes'
>;
