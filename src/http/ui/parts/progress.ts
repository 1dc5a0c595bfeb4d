import * as is from '../data/shape.ts';
import type { JobEvent } from '../data/events.ts';

const shape = is.object({ fraction: is.lenient(is.number), message: is.lenient(is.string) });

/** `fraction` is from 0 to 1. What the runner does not say is null. */
export type Progress = is.Of<typeof shape>;

export function progressOf({ data }: Pick<JobEvent, 'data'>): Progress {
  return shape(data, '');
}
