/** A command that is run once: from what the user named to its result, computed here or there already. */
import { join } from 'node:path';
import type { Broker } from '../../core/engine/broker.ts';
import { digestsIn } from '../../core/hashing/file-digests.ts';
import {
  commandConfigurationSchema,
  type CommandConfiguration,
} from '../../core/model/command/command-configuration.ts';
import { sameKey, type EntryKey } from '../../core/model/entry/key.ts';
import { inputsDocumentSchema } from '../../core/model/command/inputs-document.ts';
import type {
  EndedJobDocument,
  FailedJobDocument,
  JobDocument,
} from '../../core/model/job/job-document.ts';
import type { LogPiece } from '../../core/model/job/log-piece.ts';
import type { Manifest } from '../../core/model/entry/manifest.ts';
import { parseRunRecord, runFiles, type RunRecord } from '../../core/model/command/run-record.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import type { Stores } from '../../core/ports/stores.ts';
import type { DigestedFile } from '../../runners/command/inputs/digest-inputs.ts';
import { restoreOutputs, type Restored } from '../../runners/command/outputs/restore.ts';
import { findSandbox } from '../../runners/command/sandbox.ts';
import { findProject, type Project } from '../../runners/command/project.ts';
import { defaults } from '../defaults.ts';
import { openRoot } from '../stores/open-root.ts';
import { resultsOf } from '../stores/results-of.ts';
import { storePlaces } from '../stores/store-places.ts';
import {
  brokerOf,
  namesOf,
  requestOf,
  type CachedCommandOptions,
  type CommandParts,
} from './command-parts.ts';
import { differencesBetween } from './differences.ts';
import { fewFiles, gatherCommand } from './gathered-command.ts';
import { ifReadable } from './if-readable.ts';

export type { CachedCommandOptions } from './command-parts.ts';

/** The store of a project lies in its folder, wherever in it one works. Absolute. */
export const storeOfProject = (cwd: string): string =>
  join(findProject(cwd, []).root, defaults.root);

export interface CommandResult {
  readonly record: RunRecord;
  readonly manifest: Manifest;
}

/** Opened for one call. The caller closes it. */
export class CachedCommand {
  readonly configuration: CommandConfiguration;
  readonly inputs: readonly DigestedFile[];
  readonly #options: CachedCommandOptions;
  readonly #project: Project;
  readonly #stores: Stores;
  readonly #broker: Broker;
  readonly #request: SubmitRequest;

  private constructor(parts: CommandParts) {
    const { options, project, stores, configuration, inputs } = parts;
    this.#options = options;
    this.#project = project;
    this.#stores = stores;
    this.configuration = configuration;
    this.inputs = inputs;
    this.#broker = brokerOf(parts, async () => this.#manifestOf(await this.before()));
    this.#request = requestOf(parts);
  }

  /** @throws CabError usage, input_not_found, input_unreadable, runner_not_found, runner_invalid: before anything runs */
  static async open(options: CachedCommandOptions, signal: AbortSignal): Promise<CachedCommand> {
    const { root, cwd, env } = options;
    const rooted = {
      root,
      store: options.store,
      queue: options.queue,
      notesReads: false,
      ...namesOf(options),
    };
    const stores = openRoot(rooted, await resultsOf(rooted));
    try {
      const existing = await stores.jobs.existing();
      const gathered = await gatherCommand(options, {
        passedOver: storePlaces(root),
        // What is learned of few files is not worth a job store.
        memory: async (inputs) => existing ?? (inputs > fewFiles ? stores.jobs.made() : undefined),
        signal,
      });
      const sandbox = options.sandbox === undefined ? '' : await findSandbox(cwd, env['PATH']);
      return new CachedCommand({ ...gathered, options, stores, sandbox });
    } catch (error) {
      await stores.close();
      throw error;
    }
  }

  /** What it makes is then to be brought into the project. */
  get isSandboxed(): boolean {
    return this.#options.sandbox !== undefined;
  }

  get track(): string {
    return this.#request.track_id ?? '';
  }

  /** Accepts the job; one that is a hit has ended. */
  submit(signal: AbortSignal): Promise<JobDocument> {
    return this.#broker.submit(this.#request, { signal });
  }

  /** The latest failure of this very work by an exit code of its own, if it ended within the last `ms`. Nothing is run. */
  async failureWithin(ms: number, signal: AbortSignal): Promise<FailedJobDocument | undefined> {
    const { hit, key } = await this.#broker.explain(this.#request, { signal });
    if (hit) return undefined;
    const { jobs } = await this.#broker.jobs({ track: this.track, status: 'error', limit: 100 });
    const since = new Date(Date.now() - ms).toISOString();
    return jobs.find(
      (job): job is FailedJobDocument =>
        job.status === 'error' &&
        sameKey(job, key) &&
        job.finished_at >= since &&
        typeof job.problem.details['exit_code'] === 'number',
    );
  }

  /** A piece of what a command has written: text, its two streams in one. As `Broker.log`. */
  log(id: string, from: number): Promise<LogPiece> {
    return this.#broker.log(id, from);
  }

  wait(id: string, signal: AbortSignal): Promise<EndedJobDocument> {
    return this.#broker.wait(id, { signal });
  }

  /** Ends the command if it runs. Resolves with how its job ended. */
  async cancel(id: string): Promise<EndedJobDocument> {
    await this.#broker.cancel(id);
    return this.#broker.wait(id);
  }

  /** Whether it would be a hit; nothing is run or written. */
  async isHit(signal: AbortSignal): Promise<boolean> {
    return (await this.#broker.explain(this.#request, { signal })).hit;
  }

  /** Where the track leads; undefined if nowhere. To be asked before the command runs: then it leads elsewhere. */
  before(): Promise<EntryKey | undefined> {
    return ifReadable(() => this.#broker.pointer(this.track));
  }

  /** What differs from a run before of the same command; `undefined` if none is known. */
  async differencesFrom(before: EntryKey | undefined): Promise<string[] | undefined> {
    const manifest = await this.#manifestOf(before);
    if (manifest === undefined) return undefined;
    const config = commandConfigurationSchema.safeParse(probeIn(manifest.config));
    const inputs = inputsDocumentSchema.safeParse({ inputs: manifest['inputs'] ?? [] });
    if (!config.success || !inputs.success) return undefined;
    return differencesBetween(
      { configuration: this.configuration, inputs: this.inputs.map(({ item }) => item) },
      { configuration: config.data, inputs: inputs.data.inputs },
    );
  }

  async #manifestOf(key: EntryKey | undefined): Promise<Manifest | undefined> {
    return key && ifReadable(() => this.#broker.manifest(key));
  }

  async result(job: JobDocument): Promise<CommandResult> {
    const manifest = await this.#broker.manifest(job);
    const file = await this.#broker.open(job, runFiles.record);
    const pieces: Buffer[] = [];
    for await (const piece of file.stream()) pieces.push(piece as Buffer);
    const where = `${job.config_hash}/${job.source_hash}/${runFiles.record}`;
    return { manifest, record: parseRunRecord(Buffer.concat(pieces).toString(), where) };
  }

  /** Writes again what the command wrote, in its order. */
  async replay(job: JobDocument, { record }: CommandResult): Promise<void> {
    if (record.log.length === 0) return;
    const file = await this.#broker.open(job, runFiles.log);
    const left = [...record.log];
    for await (const piece of file.stream()) {
      let bytes = piece as Buffer;
      for (let [first] = left; first !== undefined && bytes.length > 0; [first] = left) {
        const [stream, length] = first;
        await this.#options.onOutput(stream, bytes.subarray(0, length));
        if (bytes.length < length) left[0] = [stream, length - bytes.length];
        else left.shift();
        bytes = bytes.subarray(length);
      }
    }
  }

  async restore(job: JobDocument, { manifest, record }: CommandResult): Promise<Restored> {
    const { root } = this.#project;
    const digest = digestsIn(await this.#stores.jobs.existing());
    const open = (path: string) => this.#broker.open(job, path);
    return restoreOutputs({ root, manifest, record, open, digest });
  }

  close(): Promise<void> {
    return this.#broker.close();
  }
}

const probeIn = (config: unknown): unknown =>
  typeof config === 'object' && config !== null && 'probe' in config ? config.probe : undefined;
