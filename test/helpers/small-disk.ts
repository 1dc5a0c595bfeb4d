import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file system with such limits, for the caller to unmount; undefined where this user may mount none. */
export function smallDisk(at: string, limits = 'size=2m'): string | undefined {
  const disk = join(at, 'disk');
  mkdirSync(disk, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', limits, 'tmpfs', disk], {
      stdio: 'ignore',
    });
    return disk;
  } catch {
    return undefined;
  }
}
