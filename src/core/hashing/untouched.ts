import { lstatSync } from 'node:fs';
import { CabError } from '../model/errors.ts';
import { fingerprintOf } from './fingerprint.ts';

/** A file as it was when it was read. */
export interface SeenFile {
  readonly path: string;
  /** As `fingerprintOf` gives it. */
  readonly fingerprint: string;
}

/** False if anybody has written, replaced or removed the file since. */
export function isUntouched({ path, fingerprint }: SeenFile): boolean {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && fingerprintOf(stats) === fingerprint;
}

export const stillWritten = (path: string, runner: string): CabError =>
  new CabError(
    'runner_result_invalid',
    `runner ${runner}: ${path} is still written after the runner has answered`,
    {
      hint: 'Let the runner wait until its files are written and closed.',
      details: { file: path },
    },
  );
