/** The public API for embedding; docs/how-to/embed.md shows it at work. */
export { openBroker, type OpenBrokerOptions } from './compose/embedded/embedding.ts';
export type { EmbeddedUpstreamOptions } from './compose/upstream/embedded-upstream.ts';
export { connectBroker, type ConnectOptions } from './compose/embedded/connect-broker.ts';
export type { ConnectedBroker, EmbeddedBroker } from './compose/embedded/embedded-broker.ts';
export {
  mountBroker,
  type MountedBroker,
  type MountLimits,
  type MountOptions,
} from './compose/embedded/mount-broker.ts';
export type { GcPolicy } from './core/maintenance/gc/policy.ts';
export type { Pinned, Restored } from './core/maintenance/pinning.ts';
export type { RemovedTrack } from './core/maintenance/remove-tracks.ts';
export type { StepProgress } from './core/model/report/step-progress.ts';
export type { GcDecision, GcReport } from './core/model/report/gc-report.ts';
export type { Finding, FindingClass, VerifyReport } from './core/model/report/verify-report.ts';
export type { Limits } from './http/server/connection/limits.ts';
export type { Role, Token } from './http/server/guard/token.ts';
export type { Listing } from './compose/embedded/listing.ts';
export type {
  EntryName,
  GcOptions,
  Maintenance,
  MaintenanceOptions,
  VerifyOptions,
} from './compose/embedded/maintenance.ts';
export type { RunOptions, RunRequest } from './compose/embedded/run-job.ts';
export type { RunResult } from './compose/embedded/run-result.ts';
export type {
  Broker,
  EntryOptions,
  EventQuery,
  JobPage,
  JobQuery,
  RetryOptions,
  StatsOptions,
  SubmitOptions,
  WaitOptions,
} from './core/engine/broker.ts';
export type { LogPiece } from './core/model/job/log-piece.ts';
export type { HeldFile, OpenedFile } from './core/ports/entry-store.ts';
export type { Held } from './core/ports/pointer-store.ts';
export type { PathFence } from './support/paths/path-fence.ts';
export type {
  DatabaseQuestion,
  HashedDatabase,
  OutputFile,
  OutputStream,
  Runner,
  RunnerCall,
  RunnerContext,
  RunnerInput,
  RunnerProgress,
  Returned,
  RunnerResult,
} from './core/ports/runner.ts';
export type {
  DigestFile,
  InputFormat,
  RunnerIdentity,
} from './core/model/runner/runner-identity.ts';
export {
  CabError,
  catalogue,
  isCabError,
  isErrorCode,
  type CabErrorOptions,
  type ErrorCode,
  type ErrorDetails,
  type ErrorKind,
  type Retry,
} from './core/model/errors.ts';
export type { Logger } from './support/logger.ts';
export type { Difference, Explanation } from './core/model/job/explanation.ts';
export type { FacetCounts, JobFacets } from './core/model/job/facets.ts';
export type { JobExplanation } from './core/model/job/job-explanation.ts';
export type { ManyChanged, ManyJobs } from './core/model/job/many-jobs.ts';
export type { MissReason, Stats, Tally } from './core/model/report/stats.ts';
export type {
  CanceledJobDocument,
  DoneJobDocument,
  EndedJobDocument,
  FailedJobDocument,
  JobDocument,
  JobFacts,
  JobFiles,
  JobProblem,
  PendingJobDocument,
  RunningJobDocument,
} from './core/model/job/job-document.ts';
export type { JobCounts, JobState, Json, JsonObject } from './core/model/job/job.ts';
export type {
  DoneData,
  FailedAttemptData,
  FailureData,
  JobEvent,
  JobEventData,
  JobEventType,
  NewJobEvent,
  OutputData,
  ProgressData,
  ReleasedData,
  StartedData,
  SubmittedData,
} from './core/model/job/job-event.ts';
export type { EntryKey } from './core/model/entry/key.ts';
export type { Manifest } from './core/model/entry/manifest.ts';
export type {
  Pointer,
  PointerRecord,
  TrackList,
  UnreadablePointer,
} from './core/model/entry/pointer.ts';
export type { SubmitRequest } from './core/model/request/submit-request.ts';
export type { LeftProcess } from './support/process/left-running.ts';
export type { AuthorContext, Log, Progress } from './runners/author-context.ts';
export {
  defineRunner,
  type AnsweredFiles,
  type AnsweredPaths,
  type RunnerAnswer,
  type RunnerDefinition,
} from './runners/define-runner.ts';
export type { LightFile } from './core/ports/made-entry.ts';
export { watchFolder, type WatchFolderOptions as WatchOptions } from './compose/watch-folder.ts';
export type {
  OnDone,
  Watcher,
  WatchEvent,
  WatchFailure,
  WatchProblem,
  WatchStatus,
} from './watch/watcher.ts';
