import type { CabError } from '../errors.ts';

/** An input that was sent, with its hashes. A thread may make it, so that a large input blocks nobody. */
export class DigestedInput {
  readonly content: Uint8Array;
  /** Whether it came as text, and is UTF-8. */
  readonly isText: boolean;
  /** SHA-256 of the content, hex. */
  readonly digest: string;
  /** Its source hash as JSON, or the reason why it is not JSON. */
  readonly json: string | CabError;

  constructor({ content, isText, digest, json }: Readonly<DigestedInput>) {
    this.content = content;
    this.isText = isText;
    this.digest = digest;
    this.json = json;
  }
}
