/** What one caller may ask of a server. A file without imports, because programs that embed cab take its types. */

/** Times in milliseconds, sizes in bytes. */
export interface Limits {
  /** The body of a submission. */
  readonly bodyBytes: number;
  /** All headers of a request, and its first line. */
  readonly headerBytes: number;
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** How long a connection may stay without a request, and an answer unread by its client; 0: for ever. */
  readonly idleMs: number;
  /** Open connections. Further ones are closed at once. */
  readonly connections: number;
  /** Open waits and event streams. A further wait is answered at once, and a further stream is refused. */
  readonly held: number;
  /** Time between two comments on an event stream, at most half of `idleMs`. */
  readonly heartbeatMs: number;
  /** Seconds that a client is told to wait if the queue is full. */
  readonly retryAfterS: number;
}
