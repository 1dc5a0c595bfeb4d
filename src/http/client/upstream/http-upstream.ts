/** Another cab over HTTP, as a place to fetch entries from and to send them to. */
import type { ErrorCode } from '../../../core/model/errors.ts';
import type { EntryKey } from '../../../core/model/entry/key.ts';
import { mostManifestBytes } from '../../../core/model/entry/manifest.ts';
import {
  unusableEntry,
  type OfferedEntry,
  type OfferedFile,
  type PushOutcome,
  type Upstream,
  type UpstreamQuestion,
} from '../../../core/ports/upstream.ts';
import { failpoint } from '../../../support/failpoints.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import {
  bytesType,
  digestText,
  missingFilesSchema,
  viaHeader,
  viaText,
} from '../../wire/entry-transfer.ts';
import { paths } from '../../wire/protocol.ts';
import { leastRate, firstBytes } from '../../../support/network/steady-bytes.ts';
import {
  isRefusal,
  Refusal,
  UpstreamConnection,
  type UpstreamAddress,
} from './upstream-connection.ts';

/** Bytes in a millisecond that a disk writes and hashes at least, before the upstream answers to a manifest. */
const leastDiskRate = 10_000;

/** Files of one entry that are sent at the same time. */
const together = 4;

/** An upstream that lists files again and again although they were sent is not believed. */
const mostRounds = 200;

export class HttpUpstream implements Upstream {
  readonly name: string;
  readonly #connection: UpstreamConnection;

  constructor(address: UpstreamAddress) {
    this.#connection = new UpstreamConnection(address);
    this.name = this.#connection.name;
  }

  async manifest(
    key: EntryKey,
    { via, signal }: UpstreamQuestion,
  ): Promise<Uint8Array | undefined> {
    const headers = { [viaHeader]: viaText(via) };
    const request = { method: 'GET', path: paths.entry(key), headers, signal } as const;
    const asked = (): Promise<Uint8Array> =>
      this.#connection.ask(request, async (body) => {
        const { bytes, hasMore } = await firstBytes(body, mostManifestBytes);
        if (hasMore) throw unusableEntry(this.name, key, 'its manifest is too large');
        return bytes;
      });
    return this.#ofEntry(key, asked, { not_found: undefined });
  }

  file<T>(
    key: EntryKey,
    path: string,
    { via, signal }: UpstreamQuestion,
    read: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
  ): Promise<T> {
    const headers = { [viaHeader]: viaText(via) };
    const request = { method: 'GET', path: paths.file(key, path), headers, signal } as const;
    return this.#ofEntry(key, () => this.#connection.ask(request, read));
  }

  async push(entry: OfferedEntry, signal: AbortSignal): Promise<PushOutcome> {
    const size = entry.files.reduce((sum, file) => sum + file.size, 0);
    const byDigest = new Map(entry.files.map((file) => [file.sha256, file]));
    for (let round = 0; round < mostRounds; round += 1) {
      const answer = await this.#sendManifest(entry, size, signal);
      if (typeof answer === 'string') return answer;
      const missing = answer.flatMap(({ sha256 }) => byDigest.get(sha256) ?? []);
      if (missing.length === 0) break;
      await this.#sendFiles(entry.key, new Set(missing), signal);
    }
    throw this.#connection.unreachable('asks for files that were sent');
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.#connection.ask(
      { method: 'GET', path: `${paths.jobs}?limit=1`, signal },
      async (body) => {
        await firstBytes(body, 1 << 20);
      },
    );
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** The outcome, or the files that are missing there. */
  #sendManifest(
    { key, manifest }: OfferedEntry,
    size: number,
    signal: AbortSignal,
  ): Promise<PushOutcome | readonly { readonly sha256: string }[]> {
    const body = Buffer.from(manifest);
    const request = {
      method: 'PUT',
      ...{ path: paths.entry(key), body, signal },
      headers: { 'content-type': 'application/json', 'if-none-match': '*' },
      extraMs: body.length / leastRate + size / leastDiskRate,
    } as const;
    return this.#ofEntry<PushOutcome | readonly { readonly sha256: string }[]>(
      key,
      async () => {
        try {
          return await this.#connection.ask(request, async (_, { statusCode }) =>
            statusCode === 201 ? 'pushed' : 'stands',
          );
        } catch (error) {
          if (!isRefusal(error, 'files_missing')) throw error;
          return missingFilesSchema.safeParse(error.problem.details).data?.files ?? [];
        }
      },
      { entry_exists: 'other' },
    );
  }

  async #sendFiles(
    key: EntryKey,
    files: ReadonlySet<OfferedFile>,
    signal: AbortSignal,
  ): Promise<void> {
    const turns = new Semaphore(together);
    const sent = await Promise.allSettled(
      [...files].map((file) => turns.during(() => this.#sendFile(key, file, signal))),
    );
    for (const each of sent) if (each.status === 'rejected') throw each.reason;
  }

  async #sendFile(key: EntryKey, file: OfferedFile, signal: AbortSignal): Promise<void> {
    const { path, sha256, size } = file;
    const body = await file.open();
    const request = {
      method: 'PUT',
      ...{ path: paths.file(key, path), signal, body, extraMs: size / leastRate },
      headers: {
        'content-type': bytesType,
        'content-length': String(size),
        'repr-digest': digestText(sha256),
      },
    } as const;
    const sent = (): Promise<void> => this.#connection.ask(request, async () => undefined);
    try {
      // If the entry exists, another sender was faster. The answer to the manifest tells whether it is the same.
      await this.#ofEntry(key, sent, { entry_exists: undefined });
    } finally {
      // A request that was never sent has not read it.
      body.on('error', () => undefined).destroy();
    }
    failpoint('push.sent');
  }

  /** What the upstream refuses is an answer about this entry: one of `expected`, else an error. */
  async #ofEntry<T>(
    key: EntryKey,
    ask: () => Promise<T>,
    expected: { readonly [Code in ErrorCode]?: T } = {},
  ): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code, message } = error.problem;
      if (Object.hasOwn(expected, code)) return expected[code] as T;
      throw unusableEntry(this.name, key, message, { cause: error.problem });
    }
  }
}
