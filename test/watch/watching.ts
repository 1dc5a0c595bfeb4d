/** A folder, a broker on a root of its own, and watchers of the folder; all gone after the test. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import { brokerOnRoot, type BrokerOnRootOptions } from '../../src/compose/stores/broker-on-root.ts';
import type { Hints } from '../../src/watch/events/hints.ts';
import { watchFolder, type WatchFolderOptions } from '../../src/compose/watch-folder.ts';
import type { Watcher, WatchEvent } from '../../src/watch/watcher.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { ownedTempDir, type TempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { brokerOptions } from './broker-options.ts';

export class Watching {
  readonly runner = new ScriptedRunner();
  readonly events: WatchEvent[] = [];
  broker: LocalBroker;
  readonly #dir: TempDir;
  readonly #watchers: Watcher[] = [];

  static async make(more: Partial<BrokerOnRootOptions> = {}): Promise<Watching> {
    const dir = await ownedTempDir();
    await mkdir(join(dir.path, 'inbox'));
    return new Watching(dir, more);
  }

  private constructor(dir: TempDir, more: Partial<BrokerOnRootOptions>) {
    this.#dir = dir;
    this.broker = brokerOnRoot({ ...brokerOptions(this.root, this.runner), ...more });
  }

  get root(): string {
    return join(this.#dir.path, 'root');
  }

  get seenFile(): string {
    return join(this.root, '.cab', 'watch.db');
  }

  path(name: string): string {
    return join(this.#dir.path, 'inbox', name);
  }

  outside(name: string): string {
    return join(this.#dir.path, name);
  }

  async write(name: string, content: string): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  /** Written beside the folder, then renamed into it. */
  async drop(name: string, content: string): Promise<void> {
    const temporary = this.outside(`temporary-${name.replaceAll('/', '-')}`);
    await writeFile(temporary, content);
    await rename(temporary, this.path(name));
  }

  /** Events alone by default: a test that passes by the periodic look says so. */
  async watch(more: Partial<WatchFolderOptions> = {}): Promise<Watcher> {
    const watcher = await watchFolder({
      broker: this.broker,
      folder: this.path(''),
      seenFile: this.seenFile,
      settleMs: 60,
      rescanMs: 3_600_000,
      onEvent: (event) => this.events.push(event),
      ...more,
    });
    this.#watchers.push(watcher);
    return watcher;
  }

  /** All jobs of the root, the oldest first. */
  async jobs(): Promise<JobDocument[]> {
    const found: JobDocument[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await this.broker.jobs({ limit: 1000, ...(cursor !== undefined && { cursor }) });
      found.push(...page.jobs);
      cursor = page.next;
    }
    return found.reverse();
  }

  /** Tracks of all jobs, sorted: each as often as it was submitted. */
  async tracks(): Promise<(string | null)[]> {
    return (await this.jobs()).map(({ track_id }) => track_id).sort();
  }

  /** Until so many jobs have ended, and their end was written down. */
  async ended(jobs: number): Promise<void> {
    await until(() => this.#count('done') + this.#count('failed') >= jobs);
  }

  /** Until so many files were moved or deleted. */
  async cleared(files: number): Promise<void> {
    await until(() => this.#count('moved') + this.#count('deleted') >= files);
  }

  #count(type: WatchEvent['type']): number {
    return this.events.filter((event) => event.type === type).length;
  }

  warnings(): string[] {
    return this.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  }

  async close(): Promise<void> {
    for (const watcher of this.#watchers) await watcher.close();
    await this.broker.close();
    await this.#dir.remove();
  }
}

/** A fresh one for each test. */
export function eachWatching(more: Partial<BrokerOnRootOptions> = {}): () => Watching {
  let watching: Watching;
  beforeEach(async () => {
    watching = await Watching.make(more);
  });
  afterEach(() => watching.close());
  return () => watching;
}

/** Until the watcher has nothing left to do and has looked at the folder as it is. */
export async function quiet(watcher: Watcher, limitMs?: number): Promise<void> {
  await until(async () => {
    const { waiting, running } = await watcher.status();
    return waiting + running === 0;
  }, limitMs);
}

/** No event ever comes, as where the kernel's queue overflowed. */
export const deaf = async (): Promise<Hints> => ({ close: async () => undefined });
