import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of that size (`2m`), for the caller to unmount; undefined where this user may mount none. */
export function smallDisk(at: string, size: string): string | undefined {
  const disk = join(at, 'disk');
  mkdirSync(disk, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk], {
      stdio: 'ignore',
    });
    return disk;
  } catch {
    return undefined;
  }
}
