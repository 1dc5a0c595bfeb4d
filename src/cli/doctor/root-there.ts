import { stat } from 'node:fs/promises';
import { errnoOf } from '../../core/model/errors.ts';
import { ok, problem, type Check } from './check.ts';

/** Runs a check only if the root exists. An error of the system becomes a finding. */
export function ifThere(look: Check['look']): Check['look'] {
  return async (subject) => {
    const { root } = subject.options;
    if ((await kindOf(root)) !== 'directory') return ok('nothing to look at yet');
    try {
      return await look(subject);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      return problem(`${root}: ${errno}`, 'Check the permissions and the disk of the root.');
    }
  };
}

export async function kindOf(path: string): Promise<'directory' | 'other' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'nothing';
    if (errnoOf(error) === 'ENOTDIR') return 'other';
    throw error;
  }
}
