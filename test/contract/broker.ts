import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe } from 'vitest';
import type { Broker } from '../../src/core/engine/broker.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import type { SubmitRequest } from '../../src/core/model/request/submit-request.ts';
import type { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';
import { describeClosing } from './broker/closing.ts';
import { describeComputing } from './broker/computing.ts';
import { describeFailures } from './broker/failures.ts';
import { describeManyJobs } from './broker/many-jobs.ts';
import { describePastJobs } from './broker/past-jobs.ts';
import { describeRefusals } from './broker/refusals.ts';
import { describeRunning } from './broker/running.ts';
import { describeSeeing } from './broker/seeing.ts';

/** A broker on an empty root that runs one job at a time. */
export interface BrokerFixture {
  readonly broker: Broker;
  readonly runner: ScriptedRunner;
  /** The broker that runs the jobs, where that is another. */
  readonly worker?: Broker;
  close(): Promise<void>;
}

/** The fixture of the test that runs, and what most tests do with it. */
export class BrokerScene {
  #fixture: BrokerFixture | undefined;
  #inputs = '';

  async open(fixture: BrokerFixture): Promise<void> {
    this.#fixture = fixture;
    this.#inputs = await tempDir();
  }

  async close(): Promise<void> {
    await this.#fixture?.close();
  }

  get broker(): Broker {
    return this.#current.broker;
  }

  /** Runs the jobs. */
  get worker(): Broker {
    return this.#current.worker ?? this.#current.broker;
  }

  get runner(): ScriptedRunner {
    return this.#current.runner;
  }

  /** Each file in a directory of its own: a job's input must lie still until the job has ended. */
  async features(content: string, file = 'song.json'): Promise<string> {
    const path = join(await mkdtemp(join(this.#inputs, 'input-')), file);
    await writeFile(path, content);
    return path;
  }

  async submit(content: string, more: Partial<SubmitRequest> = {}): Promise<JobDocument> {
    return this.broker.submit({ features_path: await this.features(content), ...more });
  }

  /** Resolves while the job runs. */
  async start(content: string, more: Partial<SubmitRequest> = {}): Promise<JobDocument> {
    const job = await this.submit(content, more);
    await until(async () => (await this.broker.job(job.job_id)).status === 'running');
    return job;
  }

  async run(content: string, more: Partial<SubmitRequest> = {}): Promise<JobDocument> {
    return this.broker.wait((await this.submit(content, more)).job_id);
  }

  /** The artifact that the track points to. */
  async read(track: string): Promise<string> {
    const file = await this.broker.open(await this.broker.pointer(track));
    return text(file.stream());
  }

  get #current(): BrokerFixture {
    if (this.#fixture === undefined) throw new TypeError('no test runs');
    return this.#fixture;
  }
}

/** What every broker promises. */
export function describeBroker(name: string, make: () => Promise<BrokerFixture>): void {
  describe(`${name} as a broker`, () => {
    const scene = new BrokerScene();
    beforeEach(async () => scene.open(await make()));
    afterEach(() => scene.close());

    describeComputing(scene);
    describeRefusals(scene);
    describeFailures(scene);
    describeRunning(scene);
    describeSeeing(scene);
    describePastJobs(scene);
    describeManyJobs(scene);
    describeClosing(scene);
  });
}
