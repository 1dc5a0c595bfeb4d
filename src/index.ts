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
export type {
  Runner,
  RunnerCall,
  RunnerContext,
  RunnerIdentity,
  RunnerResult,
} from './core/engine/runner.ts';
export { defineRunner, type RunnerDefinition } from './runners/define-runner.ts';
