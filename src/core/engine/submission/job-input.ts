/** Reads and hashes the inputs of new jobs: sent content, or named files within the fence of the caller. */
import { resolve } from 'node:path';
import { CabError, isCabError } from '../../model/errors.ts';
import { sha256 } from '../../hashing/digest.ts';
import {
  hashSent,
  readWhole,
  sentInputOf,
  type HashInput,
  type HashedInput,
} from '../../hashing/hash-input.ts';
import type { PlainInput, SentInput } from '../../model/request/sent-input.ts';
import { type InputFormat } from '../../model/runner/runner-identity.ts';
import type { SubmitRequest } from '../../model/request/submit-request.ts';
import { admittedPath, type PathFence } from '../../../support/paths/path-fence.ts';
import { Semaphore } from '../../../support/semaphore.ts';
import type { InputStore } from '../../ports/input-store.ts';

/** An input and its path; the path does not exist yet if the input was sent. */
export interface FoundInput {
  readonly hashed: HashedInput;
  readonly path: string;
  readonly sent: SentInput | null;
}

export interface ReadOptions {
  /** Ends hashing. */
  readonly signal?: AbortSignal | undefined;
  /** Where the paths of the request may lead. Paths that the broker itself keeps or names are not checked. */
  readonly fence?: PathFence | undefined;
  /** The broker kept this input for an earlier job. */
  readonly isKept?: boolean | undefined;
}

export interface JobInputsOptions {
  readonly inputs: InputStore;
  /** The base of a relative `features_path`. */
  readonly cwd: string;
  /** How named inputs are hashed. */
  readonly hashInput: HashInput;
}

/**
 * The content of a named input, as it was hashed, for a job that may run on another machine.
 * @throws CabError input_changed, and what reading throws
 */
export async function contentToSend({ hashed, path }: FoundInput): Promise<PlainInput> {
  if (hashed.bytes !== null) return sentInputOf(Buffer.from(hashed.bytes));
  const bytes = await readWhole(path);
  // Text goes with the job, if the store of jobs takes it.
  if (sha256(bytes) === hashed.source_hash) return sentInputOf(bytes);
  throw new CabError('input_changed', `${path} was changed while the job was accepted`, {
    details: { path },
  });
}

/** The name of a sent input in messages: the field of the request. */
export const sentName = 'features';

/** A limit for all submissions together: each input that is read holds a file descriptor. */
const filesAtOnce = 64;

export class JobInputs {
  readonly #options: JobInputsOptions;
  readonly #files = new Semaphore(filesAtOnce);

  constructor(options: JobInputsOptions) {
    this.#options = options;
  }

  /** Must be called first: another error could reveal something about a file outside. @throws CabError path_refused */
  async refuseOutside(
    { features_path }: SubmitRequest,
    { fence, isKept }: ReadOptions,
  ): Promise<void> {
    if (features_path === undefined || fence === undefined || isKept === true) return;
    await admittedPath(this.#absolute(features_path), 'features_path', fence);
  }

  /** @throws CabError features_path_missing, invalid_request, and what `hashInput` throws */
  async read(
    request: SubmitRequest,
    format: InputFormat,
    { signal, fence, isKept }: ReadOptions,
  ): Promise<FoundInput> {
    const { features_path } = request;
    const sent = sentInput(request);
    if (sent !== undefined) {
      const hashed = hashSent(sent, sentName, format);
      return { hashed, path: this.#options.inputs.placeOf(sent, hashed.json), sent };
    }
    if (features_path === undefined)
      throw new CabError('features_path_missing', 'the request names no features file');
    const path = this.#absolute(features_path);
    const asked = isKept === true ? undefined : fence;
    const hashed = await this.#files.during(() => this.#hashNamed(path, format, signal, asked));
    return { hashed, path: hashed.place ?? path, sent: null };
  }

  /** Reads the input of a job that is created as ended. If the input cannot be read, its key is that of empty content. */
  async outline(request: SubmitRequest, options: ReadOptions): Promise<FoundInput> {
    try {
      return await this.read(request, 'bytes', options);
    } catch (error) {
      const { features_path } = request;
      if (features_path === undefined || !isCabError(error) || !error.isAboutContent) throw error;
      const hashed = hashSent({ text: '' }, sentName, 'bytes');
      return { hashed, path: this.#absolute(features_path), sent: null };
    }
  }

  /** The hash under older rules, which hashed JSON as JSON even if the runner reads bytes; undefined if there was none. */
  async olderHash(
    { path, sent }: FoundInput,
    signal: AbortSignal,
    fence: PathFence | undefined,
  ): Promise<string | undefined> {
    try {
      const before = await (sent
        ? hashSent(sent, sentName, 'any')
        : this.#options.hashInput(path, 'any', signal, fence));
      return before.source_hash;
    } catch (error) {
      if (!isCabError(error) || signal.aborted) throw error;
      return undefined;
    }
  }

  #absolute(path: string): string {
    return resolve(this.#options.cwd, path);
  }

  /** Clients of the reference broker know a single code for a missing file. */
  async #hashNamed(
    path: string,
    format: InputFormat,
    signal: AbortSignal | undefined,
    fence: PathFence | undefined,
  ): Promise<HashedInput> {
    try {
      return await this.#options.hashInput(path, format, signal, fence);
    } catch (error) {
      if (!isCabError(error, 'input_not_found', 'input_not_file')) throw error;
      const { message, hint, details } = error;
      throw new CabError('features_path_missing', message, { hint, details, cause: error });
    }
  }
}

/** @throws CabError invalid_request, if the request gives its input twice */
function sentInput(request: SubmitRequest): SentInput | undefined {
  const { features_path, features_text: text, features_bytes: bytes } = request;
  const { features_digested: digested } = request;
  const given = [features_path, text, bytes, digested].filter((one) => one !== undefined);
  if (given.length > 1)
    throw new CabError('invalid_request', 'features: give either features or features_path', {
      details: { field: 'features' },
    });
  if (text !== undefined) return { text };
  if (digested !== undefined) return { digested };
  return bytes === undefined ? undefined : { bytes };
}
