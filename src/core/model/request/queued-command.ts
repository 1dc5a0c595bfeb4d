/**
 * The runner spec of a command that waits in the queue: `command:NAME {"cwd":…}`. After the name of its kind comes what is no
 * part of its key, so that any process of this machine can run the job.
 */

const prefix = 'command:';

export const queuedCommandSpec = (kind: string, place: object): string =>
  `${prefix}${kind} ${JSON.stringify(place)}`;

export const isQueuedCommand = (spec: string): boolean => spec.startsWith(prefix);

/** What follows the name. */
export const placeText = (spec: string): string => spec.slice(spec.indexOf(' ') + 1);

/** A runner spec as people and metrics see it: without what differs from job to job. */
export const shownRunner = (spec: string): string =>
  isQueuedCommand(spec) ? spec.slice(0, spec.indexOf(' ')) : spec;
