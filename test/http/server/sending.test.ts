import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256File } from '../../../src/core/hashing/digest.ts';
import { hashInput } from '../../../src/core/hashing/hash-input.ts';
import { RemoteBroker } from '../../../src/http/client/remote-broker.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { testDaemon, type TestDaemon } from './daemon.ts';

let daemon: TestDaemon;
let dir: string;
const brokers: RemoteBroker[] = [];

beforeEach(async () => {
  daemon = await testDaemon();
  dir = await tempDir();
});
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close();
  await daemon.close();
});

function connect(sendFiles: boolean): RemoteBroker {
  const broker = new RemoteBroker({ url: daemon.url, sendFiles, cwd: dir });
  brokers.push(broker);
  return broker;
}

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(dir, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

describe('a file for a daemon that does not see it', () => {
  it('is sent as it is, to the last digit', async () => {
    const content =
      '{ "id": 12345678901234567890.10, "x": [1e2, NaN],\n "x": 1.0 , "夜": "\\u00e9" }\n';
    const path = await write('my song.json', content);
    const local = await hashInput(path, 'json');
    const remote = connect(true);
    const request = { features_path: path, probe: { n: 1 } };
    expect(await remote.explain(request)).toMatchObject({
      hit: false,
      key: { source_hash: local.source_hash },
    });
    const { job_id } = await remote.submit(request);
    await rm(path);
    const job = await remote.wait(job_id);
    expect(job).toMatchObject({
      status: 'done',
      track_id: 'my song',
      source_hash: local.source_hash,
    });
    expect(daemon.runner.seen).toEqual([content]);
  });

  it('is the same work as one that is named', async () => {
    const path = await write('song.json', '{"a":1}');
    const sent = await connect(true).submit({ features_path: path });
    await connect(true).wait(sent.job_id);
    expect(await connect(false).submit({ features_path: 'song.json' })).toMatchObject({
      cached: true,
      config_hash: sent.config_hash,
      track_id: sent.track_id,
    });
  });

  it('is refused where its runner reads JSON and it is none', async () => {
    const remote = connect(true);
    const refusals: [string, string, string][] = [
      ['half.json', '{"a":1', 'invalid_json'],
      ['more.json', '{}, "force": true', 'invalid_json'],
      ['empty.json', '', 'input_empty'],
    ];
    for (const [name, content, code] of refusals) {
      const features_path = await write(name, content);
      await expect(remote.submit({ features_path })).rejects.toMatchObject({
        code,
      });
    }
    await expect(remote.submit({ features_path: 'none.json' })).rejects.toMatchObject({
      code: 'input_not_found',
    });
    expect((await daemon.local.jobs()).jobs).toEqual([]);
  });

  it("does not take its database along: that path is the daemon's", async () => {
    const elsewhere = join(await tempDir(), 'spine.db');
    await writeFile(elsewhere, 'rows');
    const features_path = await write('song.json', '{}');
    const job = await connect(true).submit({ features_path, db_path: elsewhere });
    await connect(true).wait(job.job_id);
    expect(await connect(true).manifest(job)).toMatchObject({
      db_hash: await sha256File(elsewhere),
    });
  });
});

describe('text', () => {
  it('cannot say more than a value', async () => {
    await expect(
      connect(false).submit({ features_text: '{}, "track_id": "of another"' }),
    ).rejects.toMatchObject({ code: 'invalid_json' });
    expect((await daemon.local.jobs()).jobs).toEqual([]);
  });

  it('together with a path is refused', async () => {
    const both = { features_text: '{}', features_path: '/x.json' };
    await expect(connect(false).submit(both)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

describe('a file for a daemon beside us', () => {
  it('is named from where we stand, not from where the daemon stands', async () => {
    const path = await write('sub/song.json', '{}');
    const job = await connect(false).submit({ features_path: relative(dir, path) });
    expect(job.features_path).toBe(path);
    await connect(false).wait(job.job_id);
  });
});
