import { openSync } from 'node:fs';
import { errnoOf } from '../../src/core/model/errors.ts';

/** All that this process may still open. For one that was started with few. */
export function allDescriptors(): number[] {
  const open: number[] = [];
  for (;;) {
    try {
      open.push(openSync('/dev/null', 'r'));
    } catch (error) {
      if (errnoOf(error) === 'EMFILE') return open;
      throw error;
    }
  }
}
