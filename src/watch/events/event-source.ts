import { errnoOf } from '../../core/model/errors.ts';
import { chokidarHints, type Hints } from './hints.ts';
import type { FileFilter } from '../file-filter.ts';
import type { Teller } from '../context.ts';
import type { WatchOptions } from '../watcher.ts';

export interface EventSourceOptions extends Pick<WatchOptions, 'openHints' | 'polls' | 'pollMs'> {
  readonly scope: FileFilter;
  readonly teller: Teller;
  /** Relative path. */
  readonly onPath: (path: string) => void;
  readonly onTree: () => void;
}

const limitsReached: ReadonlySet<string> = new Set(['ENOSPC', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Reports changes by the system's events while it gives them, and sets how often to scan if it does not. */
export class EventSource {
  readonly #options: EventSourceOptions;
  #polls: boolean;
  #hints: Promise<Hints> | undefined;
  #identity: string | undefined;

  constructor(options: EventSourceOptions) {
    this.#options = options;
    this.#polls = options.polls;
  }

  get mode(): 'events' | 'polling' {
    return this.#polls ? 'polling' : 'events';
  }

  interval(rescanMs: number): number {
    return this.#polls ? this.#options.pollMs : rescanMs;
  }

  /** Watches the directory that has the folder's path now. A watch on a replaced directory sees nothing. */
  async watch(identity: string): Promise<void> {
    if (this.#polls || this.#identity === identity) return;
    await this.close();
    this.#identity = identity;
    const { scope, onPath, onTree, openHints = chokidarHints } = this.#options;
    this.#hints = openHints({
      folder: scope.folder,
      enters: (directory) => {
        const path = scope.relative(directory);
        return path !== undefined && scope.enters(path);
      },
      onPath: (absolute) => {
        const path = scope.relative(absolute);
        if (path === undefined) onTree();
        else onPath(path);
      },
      onTree,
      onError: (error) => void this.#failed(error),
    });
    try {
      await this.#hints;
    } catch (error) {
      this.#hints = undefined;
      await this.#failed(error);
    }
  }

  async close(): Promise<void> {
    const hints = this.#hints;
    this.#hints = undefined;
    this.#identity = undefined;
    await (await hints)?.close();
  }

  /**
   * If the limit is reached, some directories would be watched and others not. So no directory is watched, and
   * scans run more often.
   */
  async #failed(error: unknown): Promise<void> {
    const { scope, teller, onTree } = this.#options;
    const errno = errnoOf(error) ?? 'unknown';
    if (!limitsReached.has(errno)) {
      teller.warn(
        scope.folder,
        `the system reported a failure while watching ${scope.folder} (${errno})`,
        'Files are found all the same, if later. On a network mount, have the folder polled.',
      );
      onTree();
      return;
    }
    this.#polls = true;
    teller.warn(
      scope.folder,
      `the system's limit on watches is reached (${errno}): ${scope.folder} is looked at every ${this.interval(0) / 1000} s instead`,
      limitHint(errno),
    );
    await this.close();
    onTree();
  }
}

/** ENOSPC: limit of watches of the user. EMFILE: limit of inotify instances, or of open files of the process. */
const limitHint = (errno: string): string =>
  errno === 'ENOSPC'
    ? 'Raise the limit: sysctl fs.inotify.max_user_watches=524288 (and in /etc/sysctl.d to keep it).'
    : 'Raise the limits: sysctl fs.inotify.max_user_instances=1024, and ulimit -n.';
