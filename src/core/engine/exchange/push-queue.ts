/**
 * Sends new entries to an upstream, after they are durable here and their jobs are settled. What is sent late, or never, costs
 * the upstream a hit and nobody here anything.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CabError, isCabError } from '../../model/errors.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import { filesOf } from '../../model/entry/manifest.ts';
import { nothingPushed } from '../../model/report/upstream-figures.ts';
import type { JobResult } from '../../model/job/job.ts';
import type { EntryStore } from '../../ports/entry-store.ts';
import type { OfferedEntry, PushOutcome, Upstream } from '../../ports/upstream.ts';
import { bytesOf } from '../../hashing/manifest-seal.ts';
import { pause } from '../../../support/time/pause.ts';
import { brokerClosed } from '../../../support/time/wait-limit.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import type { Away } from './away.ts';
import { counted } from '../../../support/text/counted.ts';

export interface PushPatience {
  /** Milliseconds between two tries of one entry. There is one try more than there are pauses. */
  readonly pausesMs: readonly number[];
  /** How long `close` waits for what is being sent, in milliseconds. */
  readonly closingMs: number;
  /** When it aborts, nothing more is sent. */
  readonly signal: AbortSignal;
}

export interface PushQueueOptions {
  readonly upstream: Upstream;
  readonly away: Away;
  readonly entries: EntryStore;
  readonly patience: PushPatience;
  readonly tell: (text: string, error?: CabError) => void;
}

/** Entries that wait. They are names, not bytes; a broker that makes more in a while than an upstream takes drops some. */
const mostWaiting = 10_000;
const together = 2;
/** A command that waits for its upstream longer than this says so. */
const noteAfterMs = 1000;

export class PushQueue {
  readonly counts = nothingPushed();
  readonly #options: PushQueueOptions;
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #turns = new Semaphore(together);
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;

  constructor(options: PushQueueOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.patience.signal, this.#ending.signal]);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  add(result: JobResult): void {
    const name = formatKey(result);
    if (this.#waiting.has(name)) return;
    if (this.#waiting.size >= mostWaiting) {
      this.#failed(`${name} was not sent to ${this.#options.upstream.name}: too many wait already`);
      return;
    }
    const pushing = this.#turns
      .during(() => this.#push(result))
      .finally(() => this.#waiting.delete(name));
    this.#waiting.set(name, pushing);
  }

  /** Takes nothing more. */
  async close(): Promise<void> {
    const { patience, tell, upstream } = this.#options;
    if (this.#waiting.size === 0) return;
    const over = new AbortController();
    const note = setTimeout(
      () =>
        tell(
          `sending ${counted(this.#waiting.size, 'result')} to ${upstream.name}; Ctrl-C leaves the rest`,
        ),
      noteAfterMs,
    );
    const limit = delay(patience.closingMs, undefined, { signal: over.signal }).then(
      () => this.#ending.abort(),
      () => undefined,
    );
    await Promise.allSettled(this.#waiting.values());
    clearTimeout(note);
    over.abort();
    await limit;
  }

  /** Never rejects. */
  async #push(result: JobResult): Promise<void> {
    const { upstream, patience } = this.#options;
    const what = `${formatKey(result)} was not sent to ${upstream.name}`;
    for (let tries = 0; ; tries += 1) {
      const failure = await this.#tried(result);
      if (failure === undefined) return;
      if (this.#signal.aborted) {
        this.#failed(`${what}: there was no more time`);
        return;
      }
      const pauseMs = patience.pausesMs[tries];
      const isLast = pauseMs === undefined || failure.code !== 'upstream_unreachable';
      if (isLast) {
        this.#failed(`${what}: ${failure.message}`, failure);
        return;
      }
      await pause(pauseMs, this.#signal);
    }
  }

  async #tried(result: JobResult): Promise<CabError | undefined> {
    const { upstream, away } = this.#options;
    if (this.#signal.aborted) return brokerClosed();
    if (!(await away.mayAsk()))
      return new CabError('upstream_unreachable', `upstream ${upstream.name} is passed over`);
    try {
      const outcome = await this.#sent(result);
      await away.answered();
      this.#counted(outcome, formatKey(result));
      return undefined;
    } catch (error) {
      if (isCabError(error, 'upstream_unreachable')) await away.failed(error);
      else await away.answered();
      if (error instanceof CabError) return error;
      // Nobody awaits this work, so a defect must not end the process.
      return new CabError('internal', 'it failed in a way that nobody foresaw', { cause: error });
    }
  }

  async #sent({ config_hash, source_hash }: JobResult): Promise<PushOutcome> {
    const { upstream, entries } = this.#options;
    const offered = await offeredEntry({ config_hash, source_hash }, entries);
    // Garbage collection was faster.
    return offered === undefined ? 'stands' : upstream.push(offered, this.#signal);
  }

  #counted(outcome: PushOutcome, name: string): void {
    this.counts[outcome] += 1;
    if (outcome === 'other')
      this.#options.tell(
        `${this.#options.upstream.name} has another result of ${name}, which stays there`,
      );
  }

  #failed(text: string, error?: CabError): void {
    this.counts.failed += 1;
    this.#options.tell(text, error);
  }
}

/** The entry as it stands here; undefined if it is gone. */
async function offeredEntry(key: EntryKey, entries: EntryStore): Promise<OfferedEntry | undefined> {
  const found = await entries.locate(key);
  if (found === undefined) return undefined;
  const { manifest, artifact } = found;
  return {
    key,
    manifest: bytesOf(manifest),
    files: filesOf(manifest, artifact).map(({ path, sha256, size }) => ({
      ...{ path, sha256, size: size ?? 0 },
      open: async () => (await entries.open(key, path)).stream(),
    })),
  };
}
