/** A runner that is an object of a process: a job names it `object:NAME`, and no other process can run that job. */

const prefix = 'object:';

export const objectSpec = (name: string): string => prefix + name;

/** The name of the object that a runner spec names; null for one that any process understands. */
export const objectOf = (spec: string): string | null =>
  spec.startsWith(prefix) ? spec.slice(prefix.length) : null;

/**
 * The name of the runner object that runs a command for its submitter. No other process can run such a job, because what it needs
 * is in the submitter's memory.
 */
export const objectOfSubmitter = 'command';
