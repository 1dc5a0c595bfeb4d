import type { DigestedInput } from './digested-input.ts';

/** An input that was sent, not named. */
export type SentInput = PlainInput | { readonly digested: DigestedInput };

/** An input that is still to be hashed. */
export type PlainInput = { readonly text: string } | { readonly bytes: Uint8Array };
