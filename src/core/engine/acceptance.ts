/**
 * From a request to a job that can be queued: the input hashed, the configuration made whole, the key known.
 * Nothing is written before all of it is in order, so that a refused request leaves nothing behind.
 */
import { resolve } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { CabError, isCabError } from '../errors.ts';
import { configHash, configMaterial } from '../hashing/config-hash.ts';
import {
  hashInput,
  hashRaw,
  hashSent,
  hashText,
  type HashedInput,
  type InputFormat,
} from '../hashing/hash-input.ts';
import { checkedKey } from '../model/key.ts';
import type { JobSpec, JsonObject } from '../model/job.ts';
import type { SubmitRequest } from '../model/submit-request.ts';
import { randomPiece } from '../random.ts';
import { trackFileName, trackOfFile } from '../cas/track-name.ts';
import type { JobStore, NewJob } from '../queue/job-store.ts';
import { Gate } from './gate.ts';
import type { InputKeeper } from './input-keeper.ts';
import { hashedDatabase, type Database } from './job-database.ts';
import type { Runner } from './runner.ts';
import type { RunnerPool } from './runner-pool.ts';

export interface AcceptanceOptions {
  readonly runners: RunnerPool;
  readonly inputs: InputKeeper;
  readonly artifactName: string;
  readonly manifestName: string;
  /** What `features_path` and `db_path` are relative to. */
  readonly cwd: string;
  readonly timeoutMs: number | null;
  /** The database of jobs that name none. Absolute. */
  readonly database?: string | undefined;
  /** Jobs that name no track get none; else they get that of their file's name. */
  readonly untracked?: boolean | undefined;
}

export interface PrepareOptions {
  /** That of the broker unless given: a job that is submitted again keeps its own. */
  readonly artifactName?: string | undefined;
  /** What takes the steps that the content of the request may fail; see `strict` and `tolerant`. */
  readonly content?: ContentSteps;
}

/** Takes a step that content may fail; `otherwise` gives what stands in for its result. */
type ContentSteps = <T>(step: () => T | Promise<T>, otherwise: () => T | Promise<T>) => Promise<T>;

const strict: ContentSteps = async (step) => step();

/** Goes on past content that cannot succeed, so that a job can say what became of it. */
const tolerant: ContentSteps = async (step, otherwise) => {
  try {
    return await step();
  } catch (error) {
    if (!(isCabError(error) && error.isAboutContent)) throw error;
    return otherwise();
  }
};

/** A request understood, not yet committed to. */
export interface Prepared {
  readonly spec: JobSpec;
  readonly runner: Runner;
  readonly input: FoundInput;
}

/** What the job store is to take: the spec, and the input where it is to lie there. */
export type Admitted = Pick<NewJob, 'spec' | 'input'>;

/** An input and where it lies, or will lie where it was sent as `text`. */
interface FoundInput {
  readonly hashed: HashedInput;
  readonly path: string;
  readonly text: string | null;
}

/** What messages call an input that was sent, by the field that it came in. */
const sentName = 'features';

/** However many are submitted at once: each input that is read holds a descriptor. */
const filesAtOnce = 64;

export class Acceptance {
  readonly #options: AcceptanceOptions;
  readonly #files = new Gate(filesAtOnce);

  /** @throws CabError usage */
  constructor(options: AcceptanceOptions) {
    const { artifactName, manifestName } = options;
    if (artifactName === manifestName)
      throw new CabError('usage', `artifact and manifest cannot both be called ${manifestName}`, {
        hint: 'Give another --artifact-name or --manifest-name.',
      });
    this.#options = options;
  }

  /** Reads and hashes; writes nothing but what the job store remembers of digests. A job that is made anew keeps its `artifactName`. */
  async prepare(
    request: SubmitRequest,
    runnerSpec: string,
    store: JobStore | undefined,
    { artifactName = this.#options.artifactName, content = strict }: PrepareOptions = {},
  ): Promise<Prepared> {
    const { runners, manifestName, timeoutMs } = this.#options;
    const runner = runners.get(runnerSpec);
    const probe = request.probe ?? {};
    const track_id = this.#trackOf(request);
    if (track_id !== null) trackFileName(track_id);
    const configured = await content(
      () => runner.configure(probe),
      () => probe,
    );
    const input = await content(
      () => this.#hash(request, runner.inputFormat),
      () => this.#hash(request, 'raw'),
    );
    const named = this.#databaseOf(request);
    const database = await content(
      () => hashedDatabase(named, runner, store),
      () => named,
    );
    const config =
      request.config_hash == null
        ? await material(runner, {
            artifactName,
            probe: configured,
            request,
            dbHash: database.hash,
          })
        : null;
    const key = checkedKey(
      request.config_hash ?? configHash(config ?? {}),
      input.hashed.source_hash,
    );
    const spec: JobSpec = {
      input: {
        path: input.path,
        kept: request.features_text !== undefined || this.#options.inputs.holds(input.path),
        fingerprint: input.hashed.fingerprint,
      },
      key,
      config,
      track_id,
      run_id: request.run_id ?? uuidv7({ rng: randomPiece }),
      runner: runnerSpec,
      db_path: database.path,
      db_hash: database.hash,
      db_hash_given: request.db_hash != null,
      probe,
      runner_kwargs: request.runner_kwargs ?? {},
      artifact_name: artifactName,
      manifest_name: manifestName,
      timeout_ms: request.timeout_s == null ? timeoutMs : Math.round(request.timeout_s * 1000),
      force: request.force ?? false,
    };
    return { spec, runner, input };
  }

  /** The spec of a job that ends where it begins: as much as can be told of a request whose content cannot succeed. */
  async outline(
    request: SubmitRequest,
    runnerSpec: string,
    store: JobStore | undefined,
    options: Omit<PrepareOptions, 'content'>,
  ): Promise<Admitted> {
    const prepared = await this.prepare(request, runnerSpec, store, {
      ...options,
      content: tolerant,
    });
    return this.#kept(prepared);
  }

  /** Lets the runner refuse what can never succeed, then keeps bytes that were sent. */
  async admit(prepared: Prepared): Promise<Admitted> {
    const { spec, runner, input } = prepared;
    await runner.accept({
      features_path: input.path,
      ...(input.text !== null && { features_name: sentName }),
      features: input.hashed.bytes,
      db_path: spec.db_path,
      probe: runner.configure(spec.probe),
      runner_kwargs: spec.runner_kwargs,
    });
    return this.#kept(prepared);
  }

  async #kept({ spec, input }: Prepared): Promise<Admitted> {
    if (input.text === null) return { spec };
    const { input: kept, stored } = await this.#options.inputs.keep(input.text, input.path);
    return { spec: { ...spec, input: kept }, input: stored };
  }

  /** Whether an input that the broker keeps is still there; one that lies elsewhere is its owner's. */
  holds({ spec, input }: Admitted): boolean {
    return !spec.input.kept || input !== undefined || this.#options.inputs.has(spec.input.path);
  }

  async #hash(
    { features_path, features_text: text }: SubmitRequest,
    format: InputFormat | 'raw',
  ): Promise<FoundInput> {
    if (text !== undefined && features_path !== undefined) {
      throw new CabError('invalid_request', 'features: give either features or features_path', {
        details: { field: 'features' },
      });
    }
    if (text !== undefined) {
      const hashed = format === 'raw' ? hashSent(text) : hashText(text, sentName);
      return { hashed, path: this.#options.inputs.nameOf(text), text };
    }
    if (features_path === undefined)
      throw new CabError('features_path_missing', 'the request names no features file');
    const path = resolve(this.#options.cwd, features_path);
    const hashed = await this.#files.during(() => hashNamed(path, format));
    return { hashed, path, text: null };
  }

  /** A database that a caller leaves out is the broker's own, which is then named and hashed like any other. */
  #databaseOf({ db_path, db_hash }: SubmitRequest): Database {
    const { cwd, database = null } = this.#options;
    return { path: db_path == null ? database : resolve(cwd, db_path), hash: db_hash ?? null };
  }

  /** Text that was sent has no name. */
  #trackOf({ track_id, untracked, features_path }: SubmitRequest): string | null {
    if (untracked === true) return null;
    if (track_id != null) return track_id;
    const isNamed = features_path !== undefined && this.#options.untracked !== true;
    return isNamed ? trackOfFile(features_path) : null;
  }
}

/** Callers of the reference broker know one code for a file that is not there. */
async function hashNamed(path: string, format: InputFormat | 'raw'): Promise<HashedInput> {
  try {
    return format === 'raw' ? await hashRaw(path) : await hashInput(path, format);
  } catch (error) {
    // Of a job that ends where it begins, the key need not tell what could not even be read.
    if (format === 'raw' && isCabError(error) && error.isAboutContent) return hashSent('');
    if (!isCabError(error, 'input_not_found', 'input_not_file')) throw error;
    const { message, hint, details } = error;
    throw new CabError('features_path_missing', message, { hint, details, cause: error });
  }
}

interface Configuration {
  readonly artifactName: string;
  readonly probe: JsonObject;
  readonly request: SubmitRequest;
  readonly dbHash: string | null;
}

/** Written out: copied by spreading, it costs a fortieth of a submission. */
async function material(
  runner: Runner,
  { artifactName, probe, request, dbHash }: Configuration,
): Promise<JsonObject> {
  const identity = await runner.identify();
  const runnerKwargs = request.runner_kwargs ?? {};
  return configMaterial({ identity, artifactName, probe, runnerKwargs, dbHash });
}
