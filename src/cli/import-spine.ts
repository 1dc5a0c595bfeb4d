/** Imports a database of songs, with a progress bar on a terminal. */
import { WriteStream } from 'node:tty';
import { importSpine, type SpineImport, type SpineImportReport } from '../compose/spine-import.ts';
import { isLive, type Services } from './services.ts';

export async function importWithProgress(
  request: Pick<SpineImport, 'csv' | 'out' | 'tier'>,
  { stderr, env, interruption }: Services,
): Promise<SpineImportReport> {
  const signal = interruption();
  if (!isLive(stderr, env) || !(stderr instanceof WriteStream))
    return importSpine({ ...request, signal });
  const { bar } = await import('./terminal/progress-view.ts');
  const progress = bar(stderr, 100, 'percent');
  const work = importSpine({
    ...request,
    signal,
    onProgress: ({ bytes, totalBytes }) => progress.at(Math.floor((bytes / totalBytes) * 100)),
  });
  await progress.during(work.then(() => undefined));
  return work;
}
