/** A copy of the tree that the reference broker wrote, and what is asked of it after everything that is done to it. */
import { createHash } from 'node:crypto';
import { existsSync, lutimesSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { layoutOf } from '../../src/stores/local/layout.ts';
import type { LocalBroker } from '../../src/core/engine/local-broker.ts';
import { brokerOnRoot } from '../../src/compose/stores/broker-on-root.ts';
import { repair } from '../../src/core/maintenance/verify/repair/repair.ts';
import type { VerifyReport } from '../../src/core/model/report/verify-report.ts';
import { fixtureTracks, fixtureTree, type FixtureTrack } from '../helpers/fixture-tree.ts';
import { scriptedOptions } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { verifyTree } from '../helpers/verifying.ts';

export class ReferenceTree {
  readonly root: string;
  readonly tracks: readonly FixtureTrack[];

  private constructor(root: string, tracks: readonly FixtureTrack[]) {
    this.root = root;
    this.tracks = tracks;
  }

  static async make(): Promise<ReferenceTree> {
    const root = await fixtureTree('reference-tree');
    return new ReferenceTree(root, await fixtureTracks(root));
  }

  /** A broker that runs nothing, closed after the test. */
  opened(): LocalBroker {
    const options = scriptedOptions(this.root, new ScriptedRunner(), { work: 'none' });
    const broker = brokerOnRoot(options);
    onTestFinished(() => broker.close());
    return broker;
  }

  /** Each track gives the bytes that it gave before. */
  async expectAllTracks(): Promise<void> {
    const broker = this.opened();
    const found = await Promise.all(
      this.tracks.map(async ({ track_id }) => [track_id, await digestOf(broker, track_id)]),
    );
    expect(found).toEqual(this.tracks.map(({ track_id, sha256 }) => [track_id, sha256]));
    await broker.close();
  }

  mended(): Promise<VerifyReport> {
    return verifyTree(this.root, {}, (verify) => repair(verify, 'test'));
  }

  /** What a repair took aside. */
  get quarantined(): string[] {
    const { quarantine } = layoutOf(this.root);
    return existsSync(quarantine) ? readdirSync(quarantine) : [];
  }

  /** As if all of it had been written so long ago. */
  age(ms: number, dir = this.root): void {
    const then = (Date.now() - ms) / 1000;
    for (const item of readdirSync(dir, { withFileTypes: true })) {
      const path = join(dir, item.name);
      if (item.isDirectory()) this.age(ms, path);
      lutimesSync(path, then, then);
    }
  }
}

export async function digestOf(broker: LocalBroker, track_id: string): Promise<string> {
  const { config_hash, source_hash } = await broker.pointer(track_id);
  const file = await broker.open({ config_hash, source_hash });
  return createHash('sha256')
    .update(await buffer(file.stream()))
    .digest('hex');
}
