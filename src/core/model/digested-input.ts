import type { CabError } from './errors.ts';

/** An input that was sent, with its hashes: made where reading a large one holds up nobody, and taken as it is then. */
export class DigestedInput {
  readonly content: Uint8Array;
  /** Whether it came as text, and is in UTF-8. */
  readonly isText: boolean;
  /** SHA-256 of the content, hex. */
  readonly digest: string;
  /** The source hash that it has as JSON, or why it is none. */
  readonly json: string | CabError;

  constructor({ content, isText, digest, json }: Readonly<DigestedInput>) {
    this.content = content;
    this.isText = isText;
    this.digest = digest;
    this.json = json;
  }
}
