import type { JobSpec } from '../../src/core/model/job/job.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { Checker } from '../../src/core/ports/maintenance/entry-checker.ts';
import type { MaintainedRoot } from '../../src/core/ports/maintenance/maintained-root.ts';
import type { Stores } from '../../src/core/ports/stores.ts';
import { keyOf } from '../helpers/jobs.ts';
import { stageEntry } from './entry-store.ts';

/** A fresh root, with the stores that fill it, and what happens to it behind their back. */
export interface MaintainedFixture {
  /** A handle on the root, as garbage collection and verify have it; another one each time. */
  readonly open: () => MaintainedRoot;
  readonly stores: Stores;
  /** `quick`: looks at sizes and names alone. */
  readonly checker: (quick: boolean) => Checker;
  /** Changes a byte of a file of an entry. */
  damageEntry(key: EntryKey, file: string): Promise<void>;
  /** Takes an entry away, and nothing that holds it. */
  removeEntry(key: EntryKey): Promise<void>;
  /** Puts what is no pointer in the place of a track's pointer. */
  damagePointer(track_id: string): Promise<void>;
  /** Changes the bytes of a kept input. */
  damageInput(place: string): Promise<void>;
}

export type MakeMaintained = () => Promise<MaintainedFixture>;

/** Publishes an entry of this name, whose first file is its artifact. */
export async function publish(
  { entries, workspace }: Pick<Stores, 'entries' | 'workspace'>,
  name: string,
  files: Record<string, string> = { 'a.json': name },
): Promise<EntryKey> {
  await entries.publish(await stageEntry(workspace, files, 'job', keyOf(name)));
  return keyOf(name);
}

/** Of a job whose input the root keeps. */
export const keptInput = (path: string): Partial<JobSpec> => ({
  input: { path, kept: true, fingerprint: '', format: 'bytes' },
});

export async function all<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}
