import type { Logger } from '../support/logger.ts';
import type { WatchEvent } from '../watch/watcher.ts';

/** Logs the events of watched folders, except those that the daemon's worker logs for the jobs. */
export const watchedLog =
  (logger: Logger) =>
  (event: WatchEvent): void => {
    const { type, path } = event;
    switch (type) {
      case 'submitted':
        logger.info({ path, job: event.job.job_id }, `submitted: ${path}`);
        return;
      case 'done':
        if (event.job.cached) logger.info({ path, job: event.job.job_id }, `done: ${path}`);
        return;
      case 'failed':
        if (event.job === null) logger.warn({ path, ...event.problem }, `refused: ${path}`);
        return;
      case 'moved':
        logger.info({ path, to: event.to }, `moved: ${path}`);
        return;
      case 'deleted':
        logger.info({ path }, `deleted: ${path}`);
        return;
      case 'warning':
        logger.warn({ path, hint: event.hint }, event.message);
        return;
      default:
        event satisfies never;
    }
  };
