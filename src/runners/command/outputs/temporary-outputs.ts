/**
 * Files that a hit writes beside their places before it renames them: `.cab-PID-STARTED-RANDOM.tmp`. One that a killed
 * process left is no input and no output, and goes with the next hit that writes into its folder.
 */
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';
import { currentOwner, isAlive } from '../../../support/process/owner.ts';

/** For tinyglobby. */
export const temporaryPattern = '.cab-*-*-*.tmp';

const form = /^\.cab-(\d+)-([0-9a-f]*)-[0-9a-f]{12}\.tmp$/;

export const isTemporary = (path: string): boolean => form.test(basename(path));

export function temporaryBeside(place: string): string {
  const { pid, started } = currentOwner();
  const random = randomBytes(6).toString('hex');
  return join(dirname(place), `.cab-${pid}-${hex(started)}-${random}.tmp`);
}

/** A start time may hold spaces. */
const hex = (started: string): string => Buffer.from(started).toString('hex');
const text = (started: string): string => Buffer.from(started, 'hex').toString();

/** Milliseconds: a process in another container is not seen, and its files are young. */
const young = 600_000;

/** Removes what dead processes left in a folder. What cannot be removed stays: it stands in nobody's way. */
export function sweepTemporaries(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const [, pid, started] = form.exec(name) ?? [];
      if (pid === undefined || started === undefined) continue;
      const file = join(folder, name);
      const owner = { ...currentOwner(), pid: Number(pid), started: text(started) };
      const isOld = Date.now() - lstatSync(file).mtimeMs > young;
      if (isOld && isAlive(owner) === false) rmSync(file, { force: true });
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
