import type { LocalBrokerOptions } from '../../core/engine/local-broker-options.ts';
import type { Exchange } from '../../core/engine/exchange/exchange.ts';
import { LocalBroker } from '../../core/engine/local-broker.ts';
import type { Stores } from '../../core/ports/stores.ts';
import { declaredInputsOf } from '../kinds/declared-inputs-of.ts';
import type { UpstreamOptions } from '../upstream/upstream-options.ts';
import { exchangeOnRoot, type ExchangeOnRootOptions } from '../upstream/exchange-on-root.ts';
import { storePlaces } from './store-places.ts';
import { openRoot, type RootOptions } from './open-root.ts';
import type { MakeResults } from './store-choice.ts';

export interface BrokerOnRootOptions
  extends Omit<LocalBrokerOptions, 'stores' | 'exchange'>, RootOptions {
  /** The brokers behind this one; undefined: there is none. */
  readonly upstream?: UpstreamOptions | undefined;
}

export interface OpenedRoot {
  readonly stores: Stores;
  readonly exchange: Exchange | undefined;
}

/**
 * The stores of a root, and what it shares with the brokers behind it. Opens nothing yet.
 * @param makeResults as `resultsOf` gives it, if the options name a store elsewhere
 */
export function openSharedRoot(
  options: RootOptions & ExchangeOnRootOptions,
  makeResults?: MakeResults,
): OpenedRoot {
  const stores = openRoot(options, makeResults);
  return { stores, exchange: exchangeOnRoot(options, stores) };
}

/** A broker on a root of this machine. Closing it closes the stores. */
export const brokerOnRoot = (
  options: BrokerOnRootOptions,
  opened: OpenedRoot = openSharedRoot(options),
): LocalBroker =>
  new LocalBroker({
    declaredInputs: declaredInputsOf(storePlaces(options.root)),
    ...options,
    ...opened,
  });
