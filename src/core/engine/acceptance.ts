/**
 * From a request to a job that can be queued: the input hashed, the configuration made whole, the key known.
 * Nothing is written before all of it is in order, so that a refused request leaves nothing behind.
 */
import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { CabError, errnoOf } from '../errors.ts';
import { configHash, configMaterial } from '../hashing/config-hash.ts';
import { sha256File } from '../hashing/digest.ts';
import { fingerprintOf } from '../hashing/fingerprint.ts';
import { hashInput, hashText, type HashedInput } from '../hashing/hash-input.ts';
import { isLocked } from '../locked-files.ts';
import { checkedKey } from '../model/key.ts';
import type { JobSpec, JsonObject } from '../model/job.ts';
import type { SubmitRequest } from '../model/submit-request.ts';
import { randomPiece } from '../random.ts';
import { trackFileName, trackOfFile } from '../cas/track-name.ts';
import type { JobStore, NewJob } from '../queue/job-store.ts';
import { Gate } from './gate.ts';
import type { InputKeeper } from './input-keeper.ts';
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
}

export interface PrepareOptions {
  /** Of a job that is submitted once more; else the broker's. */
  readonly artifactName?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

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

  /** Reads and hashes; writes nothing but what the job store remembers of digests. Hashing ends with the signal's reason. */
  async prepare(
    request: SubmitRequest,
    runnerSpec: string,
    store: JobStore | undefined,
    { artifactName = this.#options.artifactName, signal }: PrepareOptions = {},
  ): Promise<Prepared> {
    const { runners, manifestName, cwd, timeoutMs } = this.#options;
    const runner = runners.get(runnerSpec);
    const probe = request.probe ?? {};
    const configured = runner.configure(probe);
    const input = await this.#hash(request, runner, signal);
    const database = await databaseOf(request, cwd, { store, signal });
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
    const track_id = trackOf(request);
    if (track_id !== null) trackFileName(track_id);
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

  /** Lets the runner refuse what can never succeed, then keeps bytes that were sent. */
  async admit({ spec, runner, input }: Prepared): Promise<Admitted> {
    await runner.accept({
      features_path: input.path,
      ...(input.text !== null && { features_name: sentName }),
      features: input.hashed.bytes,
      db_path: spec.db_path,
      probe: runner.configure(spec.probe),
    });
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
    runner: Runner,
    signal: AbortSignal | undefined,
  ): Promise<FoundInput> {
    if (text !== undefined && features_path !== undefined) {
      throw new CabError('invalid_request', 'features: give either features or features_path', {
        details: { field: 'features' },
      });
    }
    if (text !== undefined)
      return { hashed: hashText(text, sentName), path: this.#options.inputs.nameOf(text), text };
    if (features_path === undefined)
      throw new CabError('features_path_missing', 'the request names no features file');
    const path = resolve(this.#options.cwd, features_path);
    const hashed = await this.#files.during(() => hashInput(path, runner.inputFormat, signal));
    return { hashed, path, text: null };
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

/** Text that was sent has no name. */
function trackOf({ track_id, untracked, features_path }: SubmitRequest): string | null {
  if (untracked === true) return null;
  return track_id ?? (features_path === undefined ? null : trackOfFile(features_path));
}

interface Hashing {
  readonly store: JobStore | undefined;
  readonly signal: AbortSignal | undefined;
}

async function databaseOf(
  request: SubmitRequest,
  cwd: string,
  hashing: Hashing,
): Promise<{ path: string | null; hash: string | null }> {
  if (request.db_path == null) return { path: null, hash: request.db_hash ?? null };
  const path = resolve(cwd, request.db_path);
  return { path, hash: request.db_hash ?? (await databaseHash(path, hashing)) };
}

async function databaseHash(path: string, { store, signal }: Hashing): Promise<string> {
  try {
    const real = await realpath(path);
    const stats = await stat(real, { bigint: true });
    if (!stats.isFile())
      throw new CabError('spine_not_found', `database ${path} is not a regular file`, {
        details: { file: path },
      });
    if (isLocked(real))
      throw new CabError('spine_not_found', `database ${path} belongs to cab itself`, {
        details: { file: path },
      });
    const fingerprint = fingerprintOf(stats);
    const known = await store?.digest(real, fingerprint);
    if (known !== undefined) return known;
    const digest = await sha256File(real, signal);
    if (fingerprintOf(await stat(real, { bigint: true })) === fingerprint)
      await store?.rememberDigest({ path: real, fingerprint, digest });
    return digest;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || error instanceof CabError) throw error;
    throw new CabError('spine_not_found', `database ${path} cannot be read (${errno})`, {
      cause: error,
      details: { file: path },
    });
  }
}
