import { CabError, isCabError } from '../../model/errors.ts';
import type { WriteProbe } from '../../ports/write-probe.ts';
import type { Logger } from '../../../support/logger.ts';

/**
 * An outage of the store of results. While it lasts, no job is claimed: each would run, fail to be published, and use up its
 * attempts. Jobs wait in the queue instead.
 */
export class Outage {
  readonly #probe: WriteProbe;
  readonly #logger: Logger;
  #isOn = false;

  constructor(probe: WriteProbe, logger: Logger) {
    this.#probe = probe;
    this.#logger = logger;
  }

  /** To be called with what an attempt failed with. */
  noteFailure(error: CabError): void {
    if (!isCabError(error, 'store_unreachable') || this.#isOn) return;
    this.#isOn = true;
    const facts = { code: error.code, reason: error.message };
    this.#logger.warn(facts, 'the store does not answer; no job is taken until it does');
  }

  /** Asks the store, if an attempt has failed with it since it was last reached. */
  async lasts(): Promise<boolean> {
    if (!this.#isOn) return false;
    try {
      await this.#probe.assertWritable();
    } catch (error) {
      if (!(error instanceof CabError)) throw error;
      return true;
    }
    this.#isOn = false;
    this.#logger.info({}, 'the store answers again');
    return false;
  }
}
