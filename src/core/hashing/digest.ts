import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** SHA-256, 64 lower-case hex digits. */
export const sha256 = (bytes: Uint8Array | string): string => hash('sha256', bytes);

/** SHA-256 of a file, streamed. Throws the system's error, and the signal's reason. */
export async function sha256File(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted();
    hash.update(chunk as Uint8Array);
  }
  return hash.digest('hex');
}
