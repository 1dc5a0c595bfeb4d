import type { PinStore } from '../../../core/ports/maintenance/pin-store.ts';
import type { PointerStore } from '../../../core/ports/pointer-store.ts';
import type { CabError } from '../../../core/model/errors.ts';
import { UnsurePointers } from '../../../stores/local/unsure-pointers.ts';
import { FsPointerStore } from '../../../stores/local/fs-pointer-store.ts';
import type { Layout } from '../../../stores/local/layout.ts';
import { Pins } from '../../../stores/local/pins.ts';

export const openPointers = (layout: Layout): PointerStore => new FsPointerStore(layout);

export const openUnsurePointers = (reason: CabError): PointerStore => new UnsurePointers(reason);

export const openPins = (layout: Layout): PinStore => new Pins(layout);
