import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { EntryKey } from '../../src/core/model/key.ts';
import type { EntryStore } from '../../src/core/ports/entry-store.ts';
import type { RunOutput, Staging, Workspace } from '../../src/core/ports/workspace.ts';
import { noteProcess, processNote } from '../../src/support/process/leftover-process.ts';
import { processStart } from '../../src/support/process/process-tree.ts';
import { manifestOf } from './entry-store.ts';

export interface WorkspaceFixture {
  readonly workspace: Workspace;
  /** Takes what is staged there. */
  readonly entries: EntryStore;
}

const key: EntryKey = { config_hash: 'c'.repeat(64), source_hash: 's'.repeat(64) };

const isLive = async (id: string, attempt: number): Promise<boolean> =>
  id === 'live-job' && attempt === 2;

export function describeWorkspace(name: string, make: () => Promise<WorkspaceFixture>): void {
  describe(`${name} as a workspace`, () => {
    let workspace: Workspace;
    let entries: EntryStore;
    beforeEach(async () => {
      ({ workspace, entries } = await make());
    });

    it('hands out a staging directory with nothing but an empty one in it, also where an earlier attempt left something', async () => {
      const first = await workspace.stage('job', 1);
      await writeFile(join(first.dir, 'left'), 'x');
      const again = await workspace.stage('job', 1);
      expect(await readdir(again.dir)).toEqual(['entry']);
      expect(await readdir(join(again.dir, 'entry'))).toEqual([]);
      const made = join(again.artifactDir, 'made');
      await writeFile(made, 'x');
      await again.discard();
      await again.discard();
      await expect(stat(made)).rejects.toMatchObject({ code: 'ENOENT' });
    });

    it('makes an entry of what a run left, its files and its manifest as they were seen', async () => {
      const staging = await workspace.stage('job', 1);
      await writeFile(join(staging.artifactDir, 'a.json'), 'one');
      await writeFile(join(staging.artifactDir, 'extra.bin'), 'two');
      const gathering = await workspace.gather(outputOf(staging, 'entry/a.json'));
      expect(gathering).toMatchObject({ folders: ['entry'], manifest: null });
      const { artifact, others } = await gathering.copy(new AbortController().signal);
      expect(artifact).toMatchObject({ path: 'a.json', sha256: sha256('one'), size: 3 });
      expect(others).toMatchObject([{ path: 'extra.bin', sha256: sha256('two'), size: 3 }]);
      const manifest = manifestOf(key, artifact, others);
      const staged = await gathering.finish(key, manifest, Buffer.from(JSON.stringify(manifest)));
      expect(Buffer.from(await workspace.readStaged(staged)).toString()).toBe('one');
      expect(await entries.find(key)).toBeUndefined();
      await entries.publish(staged);
      await staging.discard();
      const extra = await entries.open(key, 'extra.bin');
      expect((await buffer(extra.stream())).toString()).toBe('two');
    });

    it.each<[string, (place: string) => Promise<unknown>]>([
      ['a link', (place) => symlink('a.json', place)],
      ['a folder', (place) => mkdir(join(place, 'in it'), { recursive: true })],
      ['a file with an unsafe name', (place) => writeFile(`${place} é`, 'x')],
    ])('refuses %s beside the artifact', async (_, put) => {
      const staging = await workspace.stage('job', 1);
      await writeFile(join(staging.artifactDir, 'a.json'), 'one');
      await put(join(staging.artifactDir, 'beside'));
      const gathering = await workspace.gather(outputOf(staging, 'entry/a.json'));
      await expect(gathering.copy(new AbortController().signal)).rejects.toMatchObject({
        code: 'runner_result_invalid',
        details: { job_id: 'job', runner: 'test' },
      });
      await staging.discard();
    });

    it('refuses an artifact that is not there, or is still written when it is published', async () => {
      const staging = await workspace.stage('job', 1);
      await expect(workspace.gather(outputOf(staging, 'none'))).rejects.toMatchObject({
        code: 'runner_result_invalid',
      });
      const file = join(staging.artifactDir, 'a.json');
      await writeFile(file, 'one');
      const gathering = await workspace.gather(outputOf(staging, file));
      const { artifact } = await gathering.copy(new AbortController().signal);
      const manifest = manifestOf(key, artifact, []);
      const staged = await gathering.finish(key, manifest, Buffer.from(JSON.stringify(manifest)));
      await writeFile(file, 'other');
      await expect(entries.publish(staged)).rejects.toMatchObject({
        code: 'runner_result_invalid',
      });
      expect(await entries.find(key)).toBeUndefined();
    });
  });

  describe(`what attempts left in ${name}`, () => {
    let workspace: Workspace;
    beforeEach(async () => {
      ({ workspace } = await make());
    });

    it('is nothing at first', async () => {
      expect(await workspace.list(isLive)).toEqual([]);
      expect(await workspace.sweep(isLive)).toEqual({ staging: 0, temporary: 0 });
    });

    it('goes where the attempt is over, and stays where it is live', async () => {
      const live = await workspace.stage('live-job', 2);
      const over = await workspace.stage('over-job', 1);
      expect(await workspace.list(isLive)).toHaveLength(1);
      expect(await workspace.sweep(isLive)).toMatchObject({ staging: 1 });
      await expect(stat(over.dir)).rejects.toMatchObject({ code: 'ENOENT' });
      expect((await stat(live.dir)).isDirectory()).toBe(true);
      expect(await workspace.sweep(isLive)).toMatchObject({ staging: 0 });
    });

    it.each(['by a sweep', 'before the job runs again'])('is ended %s', async (when) => {
      const staging = await workspace.stage('over-job', 1);
      const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      const ended = once(child, 'exit');
      const pid = child.pid ?? 0;
      noteProcess(processNote(staging.dir), { pid, started: processStart(pid), mark: 'none' });
      if (when === 'by a sweep') await workspace.sweep(isLive);
      else await workspace.endProcesses('over-job', 1);
      await ended;
      await workspace.endProcesses('over-job', 1);
    });
  });
}

const outputOf = ({ dir }: Staging, artifact: string): RunOutput => ({
  ...{ job_id: 'job', runner: 'test', out_root: dir, artifact, manifest: null },
  ...{ manifest_name: 'manifest.json', read: [] },
});
