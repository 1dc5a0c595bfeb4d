/**
 * Turns a request into a job that can be queued: hashes the input, completes the configuration, computes the key. Nothing is
 * written before all checks have passed, so that a refused request leaves nothing behind.
 */
import { resolve } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { configHash, configMaterial } from '../../hashing/config-hash.ts';
import { checkedKey } from '../../model/entry/key.ts';
import { labelsOf } from '../../model/request/label.ts';
import type { JobSpec } from '../../model/job/job.ts';
import type { SubmitRequest } from '../../model/request/submit-request.ts';
import type { PathFence } from '../../../support/paths/path-fence.ts';
import { randomPiece } from '../../../support/random.ts';
import { trackFileName, trackOfFile } from '../../model/entry/track-name.ts';
import { fetchDatabase } from '../../publication/kept-database.ts';
import type { DigestMemory } from '../../model/request/digest-memory.ts';
import { strict, tolerant, type ContentSteps } from './content-steps.ts';
import { digestsIn } from '../../hashing/file-digests.ts';
import type { DeclaredInputs } from '../../ports/declared-inputs.ts';
import { contentOf, declaredBy } from './declared-by.ts';
import { kept, type Admitted } from './keeping.ts';
import { fencedDatabase, hashedDatabase, type Database } from './job-database.ts';
import {
  JobInputs,
  sentName,
  type FoundInput,
  type JobInputsOptions,
  type ReadOptions,
} from './job-input.ts';
import type { DatabaseQuestion, Runner } from '../../ports/runner.ts';
import { refuseOneName } from './file-names.ts';
import { refuseHiding } from './reserved-arguments.ts';
import type { RunnerPool } from '../runner-pool.ts';

export interface AcceptanceOptions extends JobInputsOptions {
  readonly runners: RunnerPool;
  /** Null: the runner's. */
  readonly artifactName: string | null;
  readonly manifestName: string;
  readonly timeoutMs: number | null;
  /** The database of jobs that name none. Absolute. */
  readonly database?: string | undefined;
  /** If true, jobs that name no track get none; else they get the track of their file's name. */
  readonly untracked?: boolean | undefined;
  readonly declaredInputs?: DeclaredInputs | undefined;
}

export interface PrepareOptions extends ReadOptions {
  /** The default is the broker's. A job that is submitted again keeps its own. */
  readonly artifactName?: string | null | undefined;
  readonly kind?: string | undefined;
  /** True: the request may declare inputs and variables although it is fenced. A kind of job declares them, or an earlier job did. */
  readonly declares?: boolean | undefined;
  /** The database of a job that names none; undefined: the broker's. */
  readonly database?: string | undefined;
  /** Runs the steps that fail if the content of the request is bad; see `strict` and `tolerant`. */
  readonly content?: ContentSteps;
}

/** A request that was read and checked, but not yet accepted. */
export interface Prepared {
  readonly spec: JobSpec;
  readonly runner: Runner;
  readonly input: FoundInput;
}

export class Acceptance {
  readonly #options: AcceptanceOptions;
  readonly #inputs: JobInputs;

  /** @throws CabError usage */
  constructor(options: AcceptanceOptions) {
    refuseOneName(options.artifactName, options.manifestName);
    this.#options = options;
    this.#inputs = new JobInputs(options);
  }

  /** Reads and hashes. Writes nothing but the digests that the job store remembers. Hashing ends with the signal's reason. */
  async prepare(
    request: SubmitRequest,
    runnerSpec: string,
    store: DigestMemory | undefined,
    options: PrepareOptions = {},
  ): Promise<Prepared> {
    const { artifactName = this.#options.artifactName, content = strict, signal } = options;
    const { runners, inputs, manifestName, timeoutMs } = this.#options;
    const runner = runners.get(runnerSpec);
    await this.#inputs.refuseOutside(request, options);
    const probe = request.probe ?? {};
    const runner_kwargs = request.runner_kwargs ?? {};
    const track_id = this.#trackOf(request);
    if (track_id !== null) trackFileName(track_id);
    await content(
      async () => refuseHiding(request, runner),
      () => undefined,
    );
    const configured = await content(
      () => runner.configure(probe),
      () => probe,
    );
    const digest = digestsIn(store);
    const identity = await runner.identify(digest);
    const artifact_name = artifactName ?? identity.artifactName ?? 'output';
    refuseOneName(artifact_name, manifestName);
    const input = await content(
      () => this.#inputs.read(request, identity.inputFormat ?? 'any', options),
      () => this.#inputs.outline(request, options),
    );
    const { hashed } = input;
    const question = { features_path: input.path, track_id, probe_kwargs: probe, runner_kwargs };
    const named = await this.#databaseOf(request, runner, question, options);
    if (named.path !== null && inputs.owns(named.path))
      await fetchDatabase(named.path, inputs, digest, signal);
    const database = await content(
      () => hashedDatabase(named, runner, digest, signal),
      () => named,
    );
    const declared = declaredBy(request, {
      cwd: this.#options.cwd,
      fence: options.fence,
      isTrusted: options.declares === true,
    });
    const { declaredInputs } = this.#options;
    const declaredContent = declared && (await contentOf(declared, declaredInputs, store, signal));
    const config = configMaterial({
      identity,
      artifactName: artifact_name,
      probe: configured,
      runnerKwargs: runner_kwargs,
      dbHash: database.hash,
      isBytes: !hashed.json,
      declared: declared && declaredContent && { env: declared.env, inputs: declaredContent },
    });
    const key = checkedKey(request.config_hash ?? configHash(config), hashed.source_hash);
    const needs = labelsOf(request.needs);
    const spec: JobSpec = {
      input: {
        path: input.path,
        kept: input.sent !== null || inputs.owns(input.path),
        fingerprint: hashed.isSettled ? hashed.fingerprint : '',
        format: hashed.json ? 'json' : 'bytes',
      },
      key,
      config,
      config_hash_given: request.config_hash != null,
      track_id,
      run_id: request.run_id ?? uuidv7({ rng: randomPiece }),
      runner: runnerSpec,
      db_path: database.path,
      db_hash: database.hash,
      db_hash_given: request.db_hash != null,
      ...(database.path !== null && inputs.owns(database.path) && { db_kept: true }),
      probe,
      runner_kwargs,
      artifact_name,
      manifest_name: manifestName,
      timeout_ms: request.timeout_s == null ? timeoutMs : Math.round(request.timeout_s * 1000),
      force: request.force ?? false,
      ...(declared !== undefined && { declared }),
      ...(options.kind !== undefined && { kind: options.kind }),
      ...(needs !== undefined && { needs }),
    };
    return { spec, runner, input };
  }

  /** The spec of a job that is created as ended: as much as is known of a request whose content cannot succeed. */
  async outline(
    request: SubmitRequest,
    runnerSpec: string,
    store: DigestMemory | undefined,
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
      ...(input.sent !== null && { features_name: sentName }),
      features: input.hashed.bytes,
      db_path: spec.db_path,
      probe: runner.configure(spec.probe),
      runner_kwargs: spec.runner_kwargs,
    });
    return this.#kept(prepared);
  }

  #kept({ spec, input }: Prepared): Promise<Admitted> {
    return kept(spec, input, this.#options.inputs);
  }

  /**
   * The source hashes that the input has, or had under older rules: those hashed JSON as JSON even if the runner reads bytes.
   */
  async sourcesOf(
    { spec, input }: Prepared,
    signal: AbortSignal,
    fence?: PathFence,
  ): Promise<ReadonlySet<string>> {
    const older = await this.#inputs.olderHash(input, signal, fence);
    return new Set([spec.key.source_hash, ...(older === undefined ? [] : [older])]);
  }

  /** If the caller names no database, the broker's default is used, else the one that the runner declares. */
  async #databaseOf(
    { db_path, db_hash }: SubmitRequest,
    runner: Runner,
    question: DatabaseQuestion,
    { fence, database = this.#options.database }: PrepareOptions,
  ): Promise<Database> {
    const hash = db_hash ?? null;
    const { cwd } = this.#options;
    const named = db_path ?? database;
    if (named !== undefined) {
      const path = resolve(cwd, named);
      const isOwn = async (): Promise<boolean> =>
        named === database || path === (await runner.declaredDatabase?.(question));
      return { path: fence === undefined ? path : await fencedDatabase(path, fence, isOwn), hash };
    }
    const declared = hash === null ? await runner.declaredDatabase?.(question) : null;
    return { path: declared ?? null, hash };
  }

  /** An input that was sent has no name. */
  #trackOf({ track_id, untracked, features_path }: SubmitRequest): string | null {
    if (untracked === true) return null;
    if (track_id != null) return track_id;
    const isNamed = features_path !== undefined && this.#options.untracked !== true;
    return isNamed ? trackOfFile(features_path) : null;
  }
}
