import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';

/**
 * Keeps this user from writing into a directory, until it is asked to let him; undefined where that cannot be. Root is
 * kept by a mount alone.
 */
export async function readOnly(directory: string): Promise<(() => Promise<void>) | undefined> {
  if (process.getuid?.() !== 0) {
    await chmod(directory, 0o555);
    return () => chmod(directory, 0o755);
  }
  try {
    mount('--bind', directory, directory);
  } catch {
    return undefined;
  }
  mount('-o', 'remount,ro,bind', directory);
  return async () => void execFileSync('umount', ['-l', directory]);
}

const mount = (...args: string[]): unknown => execFileSync('mount', args, { stdio: 'ignore' });
