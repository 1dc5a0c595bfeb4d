import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { chmod, link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { onDisk } from '../../../../helpers/on-disk.ts';
import { gather } from '../../../../../src/core/engine/attempt/outcome/gather.ts';
import { FsWorkspace } from '../../../../../src/stores/local/staging/fs-workspace.ts';
import { layoutOf } from '../../../../../src/stores/local/layout.ts';
import { sha256 } from '../../../../../src/core/hashing/digest.ts';
import type { JobSpec } from '../../../../../src/core/model/job/job.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

const spec: JobSpec = {
  input: { path: '/in/song.json', kept: false, fingerprint: '', format: 'json' },
  key: { config_hash: 'config', source_hash: 'source' },
  config: { probe: {} },
  config_hash_given: false,
  track_id: 'song',
  run_id: 'run',
  runner: 'r',
  db_path: null,
  db_hash: null,
  db_hash_given: false,
  probe: {},
  runner_kwargs: {},
  artifact_name: 'a.json',
  manifest_name: 'manifest.json',
  timeout_ms: null,
  force: false,
};
const identity = { name: 'r', version: '7', artifactSchema: null, manifestSchema: null };

describe('what a runner answers', () => {
  let outRoot: string;
  let elsewhere: string;
  beforeEach(async () => {
    outRoot = join(await tempDir(), 'out');
    await mkdir(join(outRoot, 'entry'), { recursive: true });
    elsewhere = await tempDir();
  });

  const write = async (path: string, text: string): Promise<string> => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };
  const collected = async (artifact: string, manifest: string | null = null) =>
    onDisk(
      await gather(
        {
          job_id: 'job',
          spec,
          identity,
          outRoot,
          result: { artifact, manifest },
          started_at: '2026-01-07T19:27:00.000Z',
          ended_at: '2026-01-07T19:27:01.000Z',
          version: '0',
        },
        new FsWorkspace(layoutOf(elsewhere), () => undefined),
        new AbortController().signal,
      ),
    );
  const home = () => join(outRoot, 'echo/config/source');

  it("in the entry's directory is published with all that lies beside it", async () => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    await write(join(home(), 'plot.svg'), '<svg/>');
    const entry = await collected(artifact);
    expect(entry.manifest).toMatchObject({
      artifact: {
        path: 'a.json',
        sha256: sha256('A'),
        etag: sha256('A'),
        size: 1,
        content_type: 'application/json',
      },
      files: [
        { path: 'plot.svg', sha256: sha256('<svg/>'), size: 6, content_type: 'image/svg+xml' },
      ],
      config: { probe: {} },
      runner: { runner_name: 'r', version: '7', input_features_path: '/in/song.json' },
    });
    expect((await readdir(entry.dir)).sort()).toEqual(['a.json', 'manifest.json', 'plot.svg']);
    expect(JSON.parse(await readFile(join(entry.dir, 'manifest.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(entry.manifest)),
    );
  });

  it('as a link to a file that stays elsewhere is copied, and that file left alone', async () => {
    const input = await write(join(elsewhere, 'song.json'), 'A');
    await mkdir(home(), { recursive: true });
    const artifact = join(home(), 'a.json');
    await link(input, artifact);
    const entry = await collected(artifact);
    expect((await readdir(entry.dir)).sort()).toEqual(['a.json', 'manifest.json']);
    await writeFile(input, 'B');
    expect(await readFile(join(entry.dir, 'a.json'), 'utf8')).toBe('A');
    expect(entry.manifest.artifact.sha256).toBe(sha256('A'));
  });

  it('at the top of out_root is published with all that lies beside it', async () => {
    const artifact = await write(join(outRoot, 'a.json'), 'A');
    await write(join(outRoot, 'plot.svg'), '<svg/>');
    const manifest = await write(join(outRoot, 'own.json'), '{}');
    const entry = await collected(artifact, manifest);
    expect(entry.manifest.files).toMatchObject([{ path: 'plot.svg', sha256: sha256('<svg/>') }]);
    expect(await readdir(entry.dir)).toEqual(['a.json', 'manifest.json', 'plot.svg']);
  });

  it('is published with the folders beside it; empty ones are left out', async () => {
    const artifact = await write(join(outRoot, 'a.json'), 'A');
    await write(join(outRoot, 'plots/plot.svg'), '<svg/>');
    await mkdir(join(outRoot, 'plots/none'));
    const { manifest, dir } = await collected(artifact);
    expect(manifest.files).toMatchObject([
      { path: 'plots/plot.svg', sha256: sha256('<svg/>'), content_type: 'image/svg+xml' },
    ]);
    expect((await readdir(dir, { recursive: true })).sort()).toEqual([
      'a.json',
      'manifest.json',
      'plots',
      'plots/plot.svg',
    ]);
  });

  it('is published with links within the entry, which its manifest alone keeps', async () => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    await symlink('a.json', join(home(), 'latest'));
    const { manifest, dir } = await collected(artifact);
    expect(manifest.files).toEqual([{ path: 'latest', link: 'a.json' }]);
    expect((await readdir(dir)).sort()).toEqual(['a.json', 'manifest.json']);
  });

  it('has its permission to be executed noted, and that of files beside it', async () => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    const tool = await write(join(home(), 'tool'), '#!/bin/sh');
    await chmod(tool, 0o755);
    const { manifest } = await collected(artifact);
    expect(manifest.files).toMatchObject([{ path: 'tool', mode: 'x' }]);
    expect(manifest.artifact).not.toHaveProperty('mode');
  });

  it('is published as bytes that no descriptor of the runner can write any more', async () => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    const large = await write(join(home(), 'large.bin'), 'x'.repeat(200_000));
    const open = [openSync(artifact, 'r+'), openSync(large, 'r+')];
    const entry = await collected(artifact);
    for (const descriptor of open) writeSync(descriptor, 'Z', 0);
    expect(await readFile(join(entry.dir, 'a.json'), 'utf8')).toBe('A');
    expect(sha256(await readFile(join(entry.dir, 'large.bin')))).toBe(sha256('x'.repeat(200_000)));
    for (const descriptor of open) closeSync(descriptor);
  });

  it('is published also where the runner took the permissions of its files and directories', async () => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    await chmod(artifact, 0o000);
    for (const dir of [home(), dirname(home()), outRoot]) await chmod(dir, 0o000);
    const entry = await collected(artifact);
    expect(entry.manifest.artifact.sha256).toBe(sha256('A'));
  });

  it('elsewhere on the disk is copied, and stays where it was', async () => {
    const artifact = await write(join(elsewhere, 'result.bin'), 'B');
    const entry = await collected(artifact);
    expect(entry).toMatchObject({ artifact: 'result.bin', key: spec.key });
    expect(await readFile(artifact, 'utf8')).toBe('B');
  });

  it('under another key takes its address from the path', async () => {
    const artifact = await write(join(outRoot, 'echo/other/place/a.json'), 'A');
    expect((await collected(artifact)).key).toEqual({ config_hash: 'other', source_hash: 'place' });
  });

  it('under another key takes its address from its own manifest', async () => {
    const artifact = await write(join(outRoot, 'a.json'), 'A');
    const manifest = await write(
      join(outRoot, 'm.json'),
      JSON.stringify({ config_hash: 'said', source_hash: 'so' }),
    );
    expect((await collected(artifact, manifest)).key).toEqual({
      config_hash: 'said',
      source_hash: 'so',
    });
  });

  it('keeps what its manifest says beyond, and fills in what it lacks', async () => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    const manifest = await write(
      join(home(), 'manifest.json'),
      JSON.stringify({
        schema_id: 'own.v3',
        extra: { kept: [1] },
        runner: { runner_name: 'own name', host: 'h' },
      }),
    );
    expect((await collected(artifact, manifest)).manifest).toMatchObject({
      schema_id: 'own.v3',
      extra: { kept: [1] },
      runner: { runner_name: 'own name', host: 'h', version: '7' },
      artifact: { sha256: sha256('A') },
      job_id: 'job',
    });
  });

  it.each([
    [
      "a digest that is not the artifact's",
      { artifact: { sha256: '0'.repeat(64) } },
      /another sha256/,
    ],
    ["a size that is not the artifact's", { artifact: { size: 99 } }, /99 bytes, it has 1/],
    ['an artifact that is no object', { artifact: 'a.json' }, /artifact/],
  ])('is refused with a manifest that gives %s', async (_, manifest, message) => {
    const artifact = await write(join(home(), 'a.json'), 'A');
    const file = await write(join(home(), 'manifest.json'), JSON.stringify(manifest));
    await expect(collected(artifact, file)).rejects.toMatchObject({
      code: 'runner_result_invalid',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each<[string, () => Promise<string>]>([
    ['is not there', () => Promise.resolve(join(outRoot, 'nothing'))],
    ['is a directory', async () => dirname(await write(join(outRoot, 'dir/x'), ''))],
    ['has a name that is not safe', () => write(join(outRoot, 'sp ace.json'), '')],
    [
      'is a link',
      async () => {
        await symlink('/etc/hostname', join(outRoot, 'link'));
        return join(outRoot, 'link');
      },
    ],
    [
      'has a link beside it',
      async () => {
        const artifact = await write(join(home(), 'a.json'), 'A');
        await symlink('/etc/hostname', join(home(), 'link'));
        return artifact;
      },
    ],
    [
      'has a socket beside it',
      async () => {
        const server = createServer().listen(join(outRoot, 'socket'));
        await once(server, 'listening');
        onTestFinished(() => void server.close());
        return write(join(outRoot, 'a.json'), 'A');
      },
    ],
    [
      'has a name beside it that is not UTF-8',
      async () => {
        await writeFile(Buffer.concat([Buffer.from(`${outRoot}/`), Buffer.from([0xff])]), '');
        return write(join(outRoot, 'a.json'), 'A');
      },
    ],
  ])('is refused where it %s', async (_, make) => {
    await expect(collected(await make())).rejects.toMatchObject({ code: 'runner_result_invalid' });
  });
});
