/** Inputs that a command reads or hashes itself, before it opens a broker. */
import { hashInput, hashSent, sentInputOf } from '../core/hashing/hash-input.ts';
import { type PlainInput } from '../core/model/request/sent-input.ts';
import type { InputFormat } from '../core/model/runner/runner-identity.ts';

/** A file or standard input, with the name that the user gave it. */
export type NamedInput =
  | { readonly name: string; readonly path: string }
  | { readonly name: string; readonly sent: PlainInput };

/** An input whose bytes are in memory. */
export const sentInput = (name: string, bytes: Buffer): NamedInput => ({
  name,
  sent: sentInputOf(bytes),
});

/** Throws the errors of reading and hashing an input: input_not_found, invalid_json, … */
export async function sourceHash(input: NamedInput, format: InputFormat): Promise<string> {
  const hashed =
    'sent' in input
      ? hashSent(input.sent, input.name, format)
      : await hashInput(input.path, format);
  return hashed.source_hash;
}
