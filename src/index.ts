/** The public API for embedding; docs/embedding.md shows it at work. */
export { openBroker, type OpenBrokerOptions } from './compose/embedding.ts';
export { connectBroker, type ConnectOptions } from './compose/embedded/connect-broker.ts';
export type { EmbeddedBroker } from './compose/embedded/embedded-broker.ts';
export type { RunOptions, RunRequest } from './compose/embedded/run-job.ts';
export type { RunResult } from './compose/embedded/run-result.ts';
export type {
  Broker,
  EventQuery,
  JobPage,
  JobQuery,
  SubmitOptions,
  WaitOptions,
} from './core/engine/broker.ts';
export type { LogPiece } from './core/model/log-piece.ts';
export type { OpenedFile } from './core/ports/entry-store.ts';
export type {
  OutputStream,
  Runner,
  RunnerCall,
  RunnerContext,
  RunnerInput,
  RunnerProgress,
  RunnerResult,
} from './core/ports/runner.ts';
export type { RunnerIdentity } from './core/model/runner-identity.ts';
export {
  CabError,
  catalogue,
  isCabError,
  isErrorCode,
  type CabErrorOptions,
  type ErrorCode,
  type ErrorDetails,
  type ErrorKind,
} from './core/model/errors.ts';
export type { Logger } from './support/logger.ts';
export type { Difference, Explanation } from './core/model/explanation.ts';
export type { JobDocument } from './core/model/job-document.ts';
export type { JobCounts, JobEvent, JobState, Json, JsonObject } from './core/model/job.ts';
export type { EntryKey } from './core/model/key.ts';
export type { Manifest } from './core/model/manifest.ts';
export type { Pointer, PointerRecord } from './core/model/pointer.ts';
export type { SubmitRequest } from './core/model/submit-request.ts';
export type { AuthorContext } from './runners/author-context.ts';
export { defineRunner, type RunnerDefinition } from './runners/define-runner.ts';
export { watchFolder, type WatchFolderOptions as WatchOptions } from './compose/watch-folder.ts';
export type { OnDone, Watcher, WatchEvent, WatchFailure, WatchStatus } from './watch/watcher.ts';
