import type { LocalBrokerOptions } from '../../core/engine/local-broker-options.ts';
import { LocalBroker } from '../../core/engine/local-broker.ts';
import { declaredInputsOf } from '../kinds/declared-inputs-of.ts';
import { storePlaces } from './store-places.ts';
import { openRoot, type RootOptions } from './open-root.ts';

export interface BrokerOnRootOptions extends Omit<LocalBrokerOptions, 'stores'>, RootOptions {}

/** A broker on a root of this machine. Closing it closes the stores. */
export const brokerOnRoot = (options: BrokerOnRootOptions): LocalBroker =>
  new LocalBroker({
    declaredInputs: declaredInputsOf(storePlaces(options.root)),
    ...options,
    stores: openRoot(options),
  });
