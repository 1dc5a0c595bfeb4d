import { readFileSync } from 'node:fs';
import { isError } from '../../core/model/errors.ts';

/** Looks in the path of the same file in the sources and in the bundle. */
export function packageVersion(): string {
  const beside = ['../package.json', '../../../package.json'].map(
    (path) => new URL(path, import.meta.url),
  );
  for (const file of beside) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed)
        return String(parsed.version);
    } catch (error) {
      if (!(isError(error) && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }
  return 'unknown';
}
