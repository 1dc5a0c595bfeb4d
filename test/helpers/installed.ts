import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** Where a program of the system lies; undefined where it is not installed, and a test that needs it is skipped. */
export const installed = (name: string): string | undefined =>
  places.map((dir) => join(dir, name)).find((path) => isExecutable(path));

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
