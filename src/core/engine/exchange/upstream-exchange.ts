/** Asks the brokers behind this one for entries, in their order, and sends them new ones. */
import type { CabError } from '../../model/errors.ts';
import { isCabError } from '../../model/errors.ts';
import { formatKey, type EntryKey } from '../../model/entry/key.ts';
import {
  nothingAsked,
  nothingPushed,
  type UpstreamFigures,
} from '../../model/report/upstream-figures.ts';
import type { JobResult } from '../../model/job/job.ts';
import type { AwayNotes, Upstream } from '../../ports/upstream.ts';
import { endAll } from '../../../support/end-all.ts';
import { underEither } from '../../../support/time/either-signal.ts';
import { unlessAborted } from '../../../support/time/unless-aborted.ts';
import { brokerClosed } from '../../../support/time/wait-limit.ts';
import { Away } from './away.ts';
import type { Exchange, Wanted } from './exchange.ts';
import { fetchFiles, fetchManifest, type FetchOptions, type FoundManifest } from './fetch-entry.ts';
import { PushQueue, type PushPatience } from './push-queue.ts';
import { RecentMisses } from './recent-misses.ts';

export interface ExchangeOptions extends FetchOptions {
  /** In the order in which they are asked. The first is sent new entries. */
  readonly upstreams: readonly Upstream[];
  /** How the upstreams know this broker: random. */
  readonly id: string;
  readonly notes: AwayNotes;
  /** Undefined: nothing is sent. */
  readonly push: PushPatience | undefined;
  /** Reports what went wrong, to people. */
  readonly tell: (text: string, error?: CabError) => void;
}

/** How long it is remembered that no upstream has a key, and that what an upstream has cannot be used. Milliseconds. */
const missMs = 5000;
const unusableMs = 60_000;

/** A longer row of brokers is a ring. */
const mostVia = 8;

interface Place {
  readonly upstream: Upstream;
  readonly away: Away;
}

export class UpstreamExchange implements Exchange {
  readonly #options: ExchangeOptions;
  readonly #places: readonly Place[];
  readonly #misses = new RecentMisses();
  readonly #underWay = new Map<string, Promise<string | undefined>>();
  readonly #pushes: PushQueue | undefined;
  readonly #closing = new AbortController();
  readonly #asked = nothingAsked();
  #fetchedBytes = 0;
  #closed: Promise<void> | undefined;

  constructor(options: ExchangeOptions) {
    const { upstreams, notes, tell, push, entries } = options;
    this.#options = options;
    this.#places = upstreams.map((upstream) => ({
      upstream,
      away: new Away(upstream, notes, (error) =>
        tell(`${error.message}; it is passed over for half a minute`, error),
      ),
    }));
    const [first] = this.#places;
    this.#pushes =
      push === undefined || first === undefined
        ? undefined
        : new PushQueue({ ...first, entries, tell, patience: push });
  }

  /** Callers that want the same entry share one fetch. The fetch goes on if one of them leaves. */
  async bring(key: EntryKey, wanted: Wanted = {}): Promise<string | undefined> {
    const { via = [], signal, suits } = wanted;
    signal?.throwIfAborted();
    if (!this.#isAsked(key, via)) return undefined;
    // A request of another broker waits for no fetch here: that one may wait for the same broker.
    if (via.length > 0 || suits !== undefined) return this.#fetched(key, wanted);
    const name = formatKey(key);
    const running =
      this.#underWay.get(name) ?? this.#fetched(key, {}).finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, running);
    return unlessAborted(running, signal);
  }

  async whoHas(
    key: EntryKey,
    { via = [], signal, suits }: Wanted = {},
  ): Promise<string | undefined> {
    if (!this.#isAsked(key, via)) return undefined;
    return this.#first(key, { via, signal, suits }, async () => undefined);
  }

  offer(result: JobResult): void {
    this.#pushes?.add(result);
  }

  figures(): UpstreamFigures {
    return {
      asked: { ...this.#asked },
      fetchedBytes: this.#fetchedBytes,
      pushes: this.#pushes?.counts ?? nothingPushed(),
      waiting: this.#pushes?.waiting ?? 0,
      upstreams: this.#places.map(({ upstream: { name }, away: { isAway } }) => ({ name, isAway })),
    };
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#closing.abort(brokerClosed());
    await Promise.allSettled(this.#underWay.values());
    await this.#pushes?.close();
    await endAll(
      this.#places.flatMap((place) => [() => place.away.close(), () => place.upstream.close()]),
    );
  }

  #isAsked(key: EntryKey, via: readonly string[]): boolean {
    if (via.includes(this.#options.id) || via.length >= mostVia) return false;
    return !this.#closing.signal.aborted && !this.#misses.has(formatKey(key));
  }

  #fetched(key: EntryKey, wanted: Wanted): Promise<string | undefined> {
    return this.#first(key, wanted, async (upstream, found, question) => {
      await fetchFiles(upstream, key, found, this.#options, question);
      this.#fetchedBytes += found.size + found.bytes.length;
    });
  }

  /** The first upstream whose manifest is sound, and for which `use` succeeds. */
  async #first(key: EntryKey, wanted: Wanted, use: Use): Promise<string | undefined> {
    const { via = [], suits } = wanted;
    return underEither([wanted.signal, this.#closing.signal], async (signal) => {
      const question = { via: [...via, this.#options.id], signal, suits };
      let rememberMs: number | undefined = missMs;
      for (const place of this.#places) {
        const answer = await this.#ask(place, key, question, use);
        this.#asked[answer === 'unusable' ? 'failed' : answer] += 1;
        if (answer === 'hit') return place.upstream.name;
        // An upstream that did not answer may have it.
        if (answer === 'failed' || answer === 'passed_over') rememberMs = undefined;
        else if (answer === 'unusable') rememberMs &&= unusableMs;
      }
      // An entry that one job has no use for may be what another is looking for.
      if (rememberMs !== undefined && suits === undefined)
        this.#misses.add(formatKey(key), rememberMs);
      return undefined;
    });
  }

  async #ask(
    { upstream, away }: Place,
    key: EntryKey,
    question: Question,
    use: Use,
  ): Promise<keyof UpstreamFigures['asked'] | 'unusable'> {
    if (!(await away.mayAsk())) return 'passed_over';
    try {
      const found = await fetchManifest(upstream, key, this.#options, question);
      if (found !== undefined) await use(upstream, found, question);
      await away.answered();
      return found === undefined ? 'miss' : 'hit';
    } catch (error) {
      question.signal.throwIfAborted();
      if (isCabError(error, 'upstream_unreachable')) {
        await away.failed(error);
        return 'failed';
      }
      await away.answered();
      if (!isCabError(error)) throw error;
      this.#options.tell(error.message, error);
      // What this disk does not take is no fault of the upstream.
      if (error.code !== 'upstream_entry_invalid') throw error;
      return 'unusable';
    }
  }
}

type Question = Parameters<typeof fetchManifest>[3];
type Use = (upstream: Upstream, found: FoundManifest, question: Question) => Promise<void>;
