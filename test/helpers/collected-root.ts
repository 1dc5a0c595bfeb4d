import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { layoutOf, type Layout } from '../../src/stores/local/layout.ts';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import { scriptedBroker } from './scripted-broker.ts';
import { ScriptedRunner } from './scripted-runner.ts';
import { ownedTempDir, type TempDir } from './temp-dir.ts';

/** A fresh root for each test, with a broker that fills it. */
export class CollectedRoot {
  runner = new ScriptedRunner();
  #dir: TempDir | undefined;
  #broker: LocalBroker | undefined;

  constructor() {
    beforeEach(async () => {
      this.#dir = await ownedTempDir();
      this.runner = new ScriptedRunner();
      this.#broker = scriptedBroker(this.root, this.runner);
    });
    afterEach(async () => {
      await this.#broker?.close();
      await this.#dir?.remove();
    });
  }

  /** Beside the root. */
  get dir(): string {
    if (this.#dir === undefined) throw new Error('asked outside of a test');
    return this.#dir.path;
  }

  get root(): string {
    return join(this.dir, 'root');
  }

  get layout(): Layout {
    return layoutOf(this.root);
  }

  get broker(): LocalBroker {
    if (this.#broker === undefined) throw new Error('asked outside of a test');
    return this.#broker;
  }

  /** A job that has ended well; the same text is the same entry. */
  async done(text: string, track_id: string | null = null): Promise<JobDocument> {
    const job = await this.broker.submit({ features_text: JSON.stringify(text), track_id });
    const ended = await this.broker.wait(job.job_id);
    expect(ended.status).toBe('done');
    // The last word on the pointer comes after the job is done.
    await this.broker.idle();
    return ended;
  }

  place({ config_hash, source_hash }: JobDocument): string {
    return this.layout.entry({ config_hash, source_hash });
  }
}
