/** What a runner reads is what its key names: input, database and code are swapped under a run, and swapped back. */
import { mkdir, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobDocument } from '../../../../src/core/model/job/job-document.ts';
import type { LocalBroker } from '../../../../src/core/engine/local-broker.ts';
import type { SubmitRequest } from '../../../../src/core/model/request/submit-request.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const a = '{"v":"A"}';
const b = '{"v":"B"}';

class CodedRunner extends ScriptedRunner {
  files: readonly string[] = [];
  codeFiles = (): readonly string[] => this.files;
  override async identify() {
    const texts = await Promise.all(this.files.map((file) => readFile(file, 'utf8')));
    return { ...(await super.identify()), version: texts.join() };
  }
}

let dir: string;
let root: string;
let runner: CodedRunner;
let broker: LocalBroker;

beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'root');
  runner = new CodedRunner();
  broker = scriptedBroker(root, runner, { cwd: dir });
  await mkdir(join(dir, 'songs'));
  await writeFile(join(dir, 'songs/song.json'), a);
});
afterEach(() => broker.close());

const at = (name: string): string => join(dir, name);
const song = { features_path: 'songs/song.json' };

async function ended(request: SubmitRequest = song): Promise<JobDocument> {
  return broker.wait((await broker.submit(request)).job_id);
}

/** During the first run, or the first few: `swap`, then the artifact is made, then `swapBack`. */
function whileRunning(swap: () => Promise<void>, swapBack: () => Promise<void>, times = 1): void {
  let left = times;
  runner.behave = async (call) => {
    if ((left -= 1) < 0) return undefined;
    await swap();
    const read = await readFile(call.db_path ?? call.features_path, 'utf8');
    await writeFile(call.artifact_path, `computed from ${read}`);
    await swapBack();
    return { artifact: call.artifact_path, manifest: null };
  };
}

const artifactOf = async (job: JobDocument): Promise<string> => {
  expect(job).toMatchObject({ status: 'done' });
  return readFile(job.result?.artifact_path ?? '', 'utf8');
};

const over = (name: string, text: string) => () => writeFile(at(name), text);
const renames =
  (...pairs: readonly (readonly [string, string])[]) =>
  async () => {
    for (const [from, to] of pairs) await rename(at(from), at(to));
  };

describe('an input that was another while the runner read it', () => {
  it.each<[string, () => Promise<readonly [() => Promise<void>, () => Promise<void>]>]>([
    ['written over', async () => [over('songs/song.json', b), over('songs/song.json', a)]],
    [
      'swapped by rename',
      async () => {
        await writeFile(at('other.json'), b);
        return [
          renames(['songs/song.json', 'kept.json'], ['other.json', 'songs/song.json']),
          renames(['songs/song.json', 'other.json'], ['kept.json', 'songs/song.json']),
        ];
      },
    ],
    [
      'in a folder that was swapped',
      async () => {
        await mkdir(at('others'));
        await writeFile(at('others/song.json'), b);
        return [
          renames(['songs', 'kept'], ['others', 'songs']),
          renames(['songs', 'others'], ['kept', 'songs']),
        ];
      },
    ],
    [
      'behind a link that was turned',
      async () => {
        await rename(at('songs'), at('first'));
        await mkdir(at('second'));
        await writeFile(at('second/song.json'), b);
        await symlink('first', at('songs'));
        const turn = (target: string) => async () => {
          await unlink(at('songs'));
          await symlink(target, at('songs'));
        };
        return [turn('second'), turn('first')];
      },
    ],
  ])('is read again: %s', async (_, prepare) => {
    whileRunning(...(await prepare()));
    expect(await artifactOf(await ended())).toBe(`computed from ${a}`);
    expect(runner.calls).toBe(2);
  });

  it('ends its job if it never keeps still', async () => {
    whileRunning(over('songs/song.json', b), over('songs/song.json', a), Infinity);
    const job = await ended();
    expect(job).toMatchObject({ status: 'error', attempts: 1, problem: { code: 'input_changed' } });
    expect(job.error).toContain(at('songs/song.json'));
    expect(runner.calls).toBe(3);
  });

  it('ends its job at once if it stays another', async () => {
    whileRunning(over('songs/song.json', b), async () => {});
    const job = await ended();
    expect(job).toMatchObject({ problem: { code: 'input_changed' } });
    expect(job.error).toContain(at('songs/song.json'));
    expect(runner.calls).toBe(1);
  });

  it('is no reason to run again if only files beside it came and went', async () => {
    whileRunning(over('songs/beside.json', b), () => unlink(at('songs/beside.json')));
    expect(await artifactOf(await ended())).toBe(`computed from ${a}`);
    expect(runner.calls).toBe(1);
  });

  it('is noticed as well if it was sent, and kept by the broker', async () => {
    let swapped = false;
    runner.behave = async (call) => {
      if (swapped) return undefined;
      swapped = true;
      await writeFile(call.features_path, b);
      await writeFile(call.artifact_path, 'computed from another');
      await writeFile(call.features_path, a);
      return { artifact: call.artifact_path, manifest: null };
    };
    expect(await artifactOf(await ended({ features_text: a }))).toBe(`computed from ${a}`);
  });

  it('is noticed if the artifact is the input itself', async () => {
    runner.behave = ({ features_path }) =>
      Promise.resolve({ artifact: features_path, manifest: null });
    expect(await artifactOf(await ended())).toBe(a);
    expect(await readFile(at('songs/song.json'), 'utf8')).toBe(a);
  });
});

describe('a database', () => {
  const request = { ...song, db_path: 'songs.db' };
  beforeEach(() => writeFile(at('songs.db'), 'one'));

  it('that was replaced while its job waited ends the job', async () => {
    const waiting = scriptedBroker(root, runner, { cwd: dir, work: 'none' });
    const { job_id } = await waiting.submit(request);
    await waiting.close();
    await writeFile(at('new.db'), 'two');
    await rename(at('new.db'), at('songs.db'));
    await broker.close();
    broker = scriptedBroker(root, runner, { cwd: dir, work: 'all' });
    await broker.start();
    expect(await broker.wait(job_id)).toMatchObject({ problem: { code: 'db_changed' } });
    expect(runner.calls).toBe(0);
  });

  it('that was another while the runner read it is read again', async () => {
    whileRunning(over('songs.db', 'two'), over('songs.db', 'one'));
    runner.text = 'computed from one';
    expect(await artifactOf(await ended(request))).toBe('computed from one');
    expect(runner.calls).toBe(2);
  });

  it('that is another after the run ends the job', async () => {
    whileRunning(over('songs.db', 'two'), async () => {});
    expect(await ended(request)).toMatchObject({ problem: { code: 'db_changed' } });
  });

  it.each(['-wal', '-journal'])(
    'with a %s that is not empty is refused, by name',
    async (suffix) => {
      await writeFile(at(`songs.db${suffix}`), '');
      expect(await ended(request)).toMatchObject({ status: 'done' });
      await writeFile(at(`songs.db${suffix}`), 'x');
      await symlink('songs.db', at('link.db'));
      for (const db_path of ['songs.db', 'link.db'])
        await expect(broker.submit({ ...song, db_path })).rejects.toMatchObject({
          code: 'db_busy',
          message: expect.stringContaining(at(`songs.db${suffix}`)) as string,
          hint: expect.stringContaining('wal_checkpoint') as string,
        });
    },
  );

  it('that has such a log after the run ends the job', async () => {
    // The log alone moves no stamp of the database.
    runner.behave = async (call) => {
      await writeFile(at('songs.db-wal'), 'x');
      await writeFile(call.artifact_path, 'x');
      return { artifact: call.artifact_path, manifest: null };
    };
    expect(await ended(request)).toMatchObject({ problem: { code: 'db_busy' } });
  });

  it('whose digest the caller gave is the caller’s affair', async () => {
    whileRunning(over('songs.db', 'two'), async () => {});
    expect(await ended({ ...request, db_hash: 'v1' })).toMatchObject({ status: 'done' });
  });
});

describe('the code of a runner', () => {
  beforeEach(async () => {
    await writeFile(at('tool.sh'), 'one');
    runner.files = [at('tool.sh')];
  });

  it('that was edited while it ran ends the job', async () => {
    whileRunning(over('tool.sh', 'two'), async () => {});
    expect(await ended()).toMatchObject({ problem: { code: 'runner_changed' } });
  });

  it('that was edited and edited back is run again', async () => {
    whileRunning(over('tool.sh', 'two'), over('tool.sh', 'one'));
    expect(await ended()).toMatchObject({ status: 'done' });
    expect(runner.calls).toBe(2);
  });

  it('that never keeps still is told as changed', async () => {
    whileRunning(over('tool.sh', 'two'), over('tool.sh', 'one'), Infinity);
    expect(await ended()).toMatchObject({ problem: { code: 'runner_changed' } });
  });
});
