/** `watchFolder` for programs, which may be untyped JavaScript. */
import * as z from 'zod/mini';
import { CabError } from '../core/model/errors.ts';
import { issueOf } from '../core/model/json/issue.ts';
import { watchFolder as watch } from '../watch/watch-folder.ts';
import type { Watcher, WatchOptions } from '../watch/watcher.ts';
import { defaults } from './defaults.ts';
import { seenFilesIn } from './watch-root.ts';

type Defaulted = keyof typeof defaults.watch;

/** An option that is left out has the default that `cab config` shows. */
export interface WatchFolderOptions
  extends
    Omit<WatchOptions, 'openSeen' | 'polls' | Defaulted>,
    Partial<Pick<WatchOptions, Exclude<Defaulted, 'pollMs'>>> {
  /** Polls instead of asking the system for events: for network mounts. */
  readonly pollMs?: number;
  /** The table of files that were seen; created if it does not exist. One per root. */
  readonly seenFile: string;
}

/**
 * Starts watching; resolves once the folder is held, not yet looked at.
 * @throws CabError input_not_found, input_not_file; usage if another process watches the folder, the pattern is invalid, or done files would be
 *   moved to the folder itself; and if the table cannot be opened queue_unreadable, queue_too_new, queue_busy, root_unwritable, no_space
 */
export async function watchFolder(options: WatchFolderOptions): Promise<Watcher> {
  checkOptions(options);
  const { seenFile, pollMs } = options;
  return watch({
    ...options,
    pattern: options.pattern ?? defaults.watch.pattern,
    recursive: options.recursive ?? defaults.watch.recursive,
    track: options.track ?? defaults.watch.track,
    settleMs: options.settleMs ?? defaults.watch.settleMs,
    rescanMs: options.rescanMs ?? defaults.watch.rescanMs,
    polls: pollMs !== undefined,
    pollMs: pollMs ?? defaults.watch.pollMs,
    openSeen: seenFilesIn(seenFile),
  });
}

const isBroker = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'submit' in value && 'wait' in value;
const text = z.string().check(z.minLength(1));

const schema = z.looseObject({
  broker: z.custom(isBroker, 'expected a broker'),
  folder: text,
  seenFile: text,
});

function checkOptions(options: unknown): void {
  const parsed = schema.safeParse(options);
  if (parsed.success) return;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('usage', `watchFolder: ${field || 'options'}: ${problem}`, {
    hint: 'docs/reference/watching.md shows the options.',
    details: { option: field },
  });
}
