import type { Exchange, Wanted } from '../../core/engine/exchange/exchange.ts';
import {
  nothingAsked,
  nothingPushed,
  type UpstreamFigures,
} from '../../core/model/report/upstream-figures.ts';
import type { EntryKey } from '../../core/model/entry/key.ts';
import type { JobResult } from '../../core/model/job/job.ts';
import type { ExchangeParts, UpstreamOptions } from './upstream-options.ts';

/** Undefined if there is no upstream. Nothing of it, the HTTP client least of all, is loaded before the first question. */
export const exchangeOn = (
  options: UpstreamOptions | undefined,
  parts: () => Promise<ExchangeParts>,
): Exchange | undefined => options && new LazyExchange(options, parts);

class LazyExchange implements Exchange {
  readonly #options: UpstreamOptions;
  readonly #parts: () => Promise<ExchangeParts>;
  #opening: Promise<Exchange> | undefined;
  #opened: Exchange | undefined;

  constructor(options: UpstreamOptions, parts: () => Promise<ExchangeParts>) {
    this.#options = options;
    this.#parts = parts;
  }

  async bring(key: EntryKey, wanted?: Wanted): Promise<string | undefined> {
    return (await this.#open()).bring(key, wanted);
  }

  async whoHas(key: EntryKey, wanted?: Wanted): Promise<string | undefined> {
    return (await this.#open()).whoHas(key, wanted);
  }

  offer(result: JobResult): void {
    if (this.#options.pushes) void this.#open().then((exchange) => exchange.offer(result));
  }

  figures(): UpstreamFigures {
    if (this.#opened !== undefined) return this.#opened.figures();
    return {
      asked: nothingAsked(),
      fetchedBytes: 0,
      pushes: nothingPushed(),
      waiting: 0,
      upstreams: this.#options.places.map(({ url: name }) => ({ name, isAway: false })),
    };
  }

  async close(): Promise<void> {
    await (await this.#opening)?.close();
  }

  #open(): Promise<Exchange> {
    return (this.#opening ??= this.#make());
  }

  async #make(): Promise<Exchange> {
    const [{ openExchange }, parts] = await Promise.all([
      import('./open-exchange.ts'),
      this.#parts(),
    ]);
    return (this.#opened = openExchange(this.#options, parts));
  }
}
