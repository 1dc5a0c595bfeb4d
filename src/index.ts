/** The public API for embedding. */
export {
  CabError,
  catalogue,
  isCabError,
  isErrorCode,
  type ErrorCode,
  type ErrorKind,
} from './core/errors.ts';
export type { Broker } from './core/broker.ts';
export type { Runner } from './core/engine/runner.ts';
