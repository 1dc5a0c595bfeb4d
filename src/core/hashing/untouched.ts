import { lstatSync } from 'node:fs';
import { CabError } from '../model/errors.ts';
import type { Manifest } from '../model/entry/manifest.ts';
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

/**
 * Refuses an entry if a file from which it was copied has changed since, for example through a stream that its runner did not
 * wait for. @throws CabError runner_result_invalid
 */
export function refuseUnfinished({
  copiedFrom = [],
  manifest,
}: {
  readonly copiedFrom?: readonly SeenFile[];
  readonly manifest: Manifest;
}): void {
  const left = copiedFrom.find((file) => !isUntouched(file));
  if (left !== undefined)
    throw stillWritten(left.path, manifest.runner?.runner_name ?? 'of the entry');
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
