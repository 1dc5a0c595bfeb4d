import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hashing/digest.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
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

    describe('for an entry from another machine', () => {
      const never = new AbortController().signal;
      const described = (text: string) => ({ sha256: sha256(text), size: Buffer.byteLength(text) });
      async function* pieces(...texts: string[]) {
        for (const text of texts) yield Buffer.from(text);
      }

      it('publishes the files that came, each in its place, also one with two paths', async () => {
        const arrival = await workspace.arrive();
        expect(arrival.has(sha256('one'))).toBe(false);
        expect(await arrival.keep(described('one'), pieces('o', 'ne'), never)).toBe('kept');
        expect(await arrival.keep(described('one'), pieces('one'), never)).toBe('kept');
        expect(await arrival.keep(described(''), pieces(), never)).toBe('kept');
        expect(arrival.has(sha256('one'))).toBe(true);
        const facts = (path: string, text: string) => ({
          ...{ path, ...described(text), content_type: 'text/plain' },
        });
        const artifact = facts('a.json', 'one');
        const others = [facts('deep/er/b', ''), facts('deep/same', 'one')];
        const manifest = manifestOf(key, artifact, others);
        const staged = await arrival.finish({
          ...{ key, manifest, artifact: 'a.json', manifestName: 'manifest.json' },
          ...{ bytes: Buffer.from(JSON.stringify(manifest)), files: [artifact, ...others] },
        });
        expect(await entries.find(key)).toBeUndefined();
        expect((await entries.publish(staged)).outcome).toBe('published');
        await arrival.discard();
        await arrival.discard();
        for (const [name, text] of [
          ['a.json', 'one'],
          ['deep/er/b', ''],
          ['deep/same', 'one'],
        ] as const)
          expect((await buffer((await entries.open(key, name)).stream())).toString()).toBe(text);
      });

      it('keeps nothing that is longer, shorter or other than it was described, nor of a sender that fails', async () => {
        const arrival = await workspace.arrive();
        const { sha256: digest, size } = described('four');
        const keep = (bytes: AsyncIterable<Uint8Array>, signal = never) =>
          arrival.keep({ sha256: digest, size }, bytes, signal);
        async function* endless() {
          for (;;) yield Buffer.from('four');
        }
        async function* failing() {
          yield Buffer.from('fo');
          throw new Error('cut');
        }
        expect(await keep(endless())).toBe('too long');
        expect(await keep(pieces('fou'))).toBe('too short');
        expect(await keep(pieces('five'))).toBe('other bytes');
        await expect(keep(failing())).rejects.toThrow('cut');
        const over = AbortSignal.abort(new Error('over'));
        await expect(keep(pieces('four'), over)).rejects.toThrow('over');
        expect(arrival.has(digest)).toBe(false);
        expect(await keep(pieces('four'))).toBe('kept');
        await arrival.discard();
      });
    });

    it('keeps folders, modes and links, and takes files from elsewhere that the runner names', async () => {
      const staging = await workspace.stage('job', 1);
      await writeFile(join(staging.artifactDir, 'run.json'), 'one');
      await mkdir(join(staging.artifactDir, 'bin/deep'), { recursive: true });
      await writeFile(join(staging.artifactDir, 'bin/deep/tool'), 'two', { mode: 0o755 });
      await symlink('bin/deep/tool', join(staging.artifactDir, 'latest'));
      const elsewhere = join(staging.dir, 'made.txt');
      await writeFile(elsewhere, 'three');
      const gathering = await workspace.gather({
        ...outputOf(staging, 'entry/run.json'),
        files: [
          { path: 'outputs/ä b.txt', from: elsewhere },
          { path: 'outputs/same', link: 'ä b.txt' },
        ],
      });
      const { artifact, others } = await gathering.copy(new AbortController().signal);
      expect(others).toMatchObject([
        { path: 'bin/deep/tool', sha256: sha256('two'), mode: 'x' },
        { path: 'latest', link: 'bin/deep/tool' },
        { path: 'outputs/same', link: 'ä b.txt' },
        { path: 'outputs/ä b.txt', sha256: sha256('three') },
      ]);
      const manifest = manifestOf(key, artifact, others);
      const staged = await gathering.finish(key, manifest, Buffer.from(JSON.stringify(manifest)));
      await entries.publish(staged);
      await staging.discard();
      expect(await entries.claimHit(key)).toBeDefined();
      const tool = await entries.open(key, 'bin/deep/tool');
      expect((await buffer(tool.stream())).toString()).toBe('two');
      const text = await entries.open(key, 'outputs/ä b.txt');
      expect(text.name).toBe('outputs/ä b.txt');
      expect((await buffer(text.stream())).toString()).toBe('three');
      for (const name of ['latest', 'bin', 'bin/deep', 'bin/../run.json'])
        await expect(entries.open(key, name)).rejects.toMatchObject({ code: 'not_found' });
    });

    it.each([
      ['a path twice', { path: 'a.json', link: 'b' }],
      ['the name of the manifest', { path: 'manifest.json', link: 'b' }],
      ['a path that climbs', { path: '../a', link: 'b' }],
      ['a file in a file', { path: 'a.json/b', link: 'b' }],
      ['a link that leads out', { path: 'x/l', link: '../../etc' }],
      ['a link from the top', { path: 'l', link: '/etc/hostname' }],
    ])('refuses %s', async (_, output) => {
      const staging = await workspace.stage('job', 1);
      await writeFile(join(staging.artifactDir, 'a.json'), 'one');
      const files = [output];
      const gathering = await workspace.gather({ ...outputOf(staging, 'entry/a.json'), files });
      await expect(gathering.copy(new AbortController().signal)).rejects.toMatchObject({
        code: 'runner_result_invalid',
      });
    });

    it('refuses what is neither a file nor a link beside the artifact', async () => {
      const staging = await workspace.stage('job', 1);
      await writeFile(join(staging.artifactDir, 'a.json'), 'one');
      const socket = createServer().listen(join(staging.artifactDir, 'socket'));
      await once(socket, 'listening');
      const copied = workspace
        .gather(outputOf(staging, 'entry/a.json'))
        .then((gathering) => gathering.copy(new AbortController().signal));
      await expect(copied).rejects.toMatchObject({
        code: 'runner_result_invalid',
        details: { job_id: 'job', runner: 'test' },
      });
      socket.close();
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
  ...{ manifest_name: 'manifest.json', files: [], read: [] },
});
