import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { rawRequest, requestText } from '../../helpers/raw-request.ts';
import { served, type Served } from '../../helpers/served.ts';
import { verifyTree } from '../../helpers/verifying.ts';

describe('an entry with folders', () => {
  let daemon: Served;
  let dir: string;
  let at: string;
  beforeEach(async () => {
    daemon = await served();
    daemon.runner.behave = async (call) => {
      const outputs = join(call.artifact_path, '..', 'outputs');
      await mkdir(join(outputs, 'ä b'), { recursive: true });
      await writeFile(join(outputs, 'ä b', '100%.txt'), 'deep');
      await symlink('ä b/100%.txt', join(outputs, 'latest'));
      return undefined;
    };
    const { config_hash, source_hash } = await daemon.run('{"a":1}', { track_id: 't' });
    at = `/echo/${config_hash}/${source_hash}`;
    dir = join(daemon.root, 'echo', config_hash, source_hash);
  });
  const file = () => join(dir, 'outputs', 'ä b', '100%.txt');

  it('serves its files by their paths, each segment decoded once', async () => {
    const answer = await daemon.get(`${at}/outputs/${encodeURIComponent('ä b')}/100%25.txt`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe(`"${sha256('deep')}"`);
    expect(await answer.text()).toBe('deep');
  });

  it.each([
    ['outputs%2F%C3%A4%20b%2F100%25.txt', 400],
    ['outputs/%2e%2e/manifest.json', 400],
    ['outputs/%00', 400],
    ['outputs', 404],
    ['outputs/', 404],
    ['outputs//latest', 404],
    ['outputs/latest', 404],
    ['outputs/none', 404],
  ])('answers %s with %i', async (path, status) => {
    // fetch would resolve the dots before it asks.
    const answer = await rawRequest(daemon.url, requestText('GET', `${at}/${path}`));
    expect(answer.status).toBe(status);
  });

  it('is sound, and has nothing beside what its manifest names', async () => {
    expect((await verifyTree(daemon.root)).findings).toEqual([]);
    writeFileSync(join(dir, 'outputs', 'ä b', 'more'), '');
    mkdirSync(join(dir, 'empty'));
    const report = await verifyTree(daemon.root);
    expect(report.findings.map((finding) => [finding.class, finding.path])).toEqual([
      ['stray', expect.stringMatching(/\/empty$/)],
      ['stray', expect.stringMatching(/outputs\/ä b\/more$/)],
    ]);
  });

  it('hands out nothing that lies behind a link in the place of a folder', async () => {
    const elsewhere = join(daemon.root, '..', 'elsewhere');
    renameSync(join(dir, 'outputs', 'ä b'), elsewhere);
    symlinkSync(elsewhere, join(dir, 'outputs', 'ä b'));
    const answer = await daemon.get(`${at}/outputs/${encodeURIComponent('ä b')}/100%25.txt`);
    expect(answer.status).toBe(404);
    expect((await verifyTree(daemon.root)).findings).toMatchObject([{ class: 'corrupt' }]);
  });

  it('is no hit once one of its files is gone, and is made again', async () => {
    rmSync(file());
    const again = await daemon.run('{"a":1}', { track_id: 't' });
    expect(again).toMatchObject({ status: 'done', cached: false });
    expect((await verifyTree(daemon.root)).findings).toEqual([]);
  });
});
