import { execa } from 'execa';
import { link, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { hashInput } from '../../../src/core/hashing/hash-input.ts';
import { newJob } from '../../helpers/jobs.ts';
import { scriptedBroker } from '../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { openQueue } from '../../helpers/sqlite-queue.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let root: string;
let file: string;

beforeEach(async () => {
  root = await tempDir();
  file = layoutOf(root).jobs;
});

async function opened(path = file) {
  const store = await openQueue(path);
  onTestFinished(() => store.close());
  return store;
}

/** Of SQLite's locks those that say for a connection's life that it is there: of the file (source: os.h), and of the log's index. */
const signs = { '': [0x40000002, 510], '-shm': [128, 1] } as const;

/** Whether another process finds the queue in use, as SQLite would ask. */
async function isSeen(suffix: keyof typeof signs): Promise<boolean> {
  const [start, length] = signs[suffix];
  const code = `import fcntl, sys
with open(sys.argv[1], 'r+b') as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, ${length}, ${start})
        print('free')
    except OSError:
        print('taken')`;
  const { stdout } = await execa('python3', ['-c', code, file + suffix]);
  return stdout === 'taken';
}

const seen = async () => ({ file: await isSeen(''), index: await isSeen('-shm') });

describe('a queue that is open', () => {
  it('is not taken for one that nobody uses', async () => {
    const store = await opened();
    await store.submit([newJob('a')]);
    expect(await seen()).toEqual({ file: true, index: true });
    await store.close();
    const other = await opened(join(root, 'other.db'));
    await other.submit([newJob('b')]);
    expect(await isSeen('')).toBe(false);
  });

  it('stays so where this process opens it once more, and closes that', async () => {
    const store = await opened();
    await store.submit([newJob('a')]);
    const second = await opened();
    expect(await second.counts()).toMatchObject({ pending: 1 });
    expect(await seen()).toEqual({ file: true, index: true });
    await second.close();
    expect(await seen()).toEqual({ file: true, index: true });
  });

  it.each(['', '-wal', '-shm'])(
    'stays so where its file%s is named as an input, under whatever name',
    async (suffix) => {
      const store = await opened();
      await store.submit([newJob('a')]);
      await symlink(file + suffix, join(root, 'linked.json'));
      await link(file + suffix, join(root, 'named.csv'));
      const names = [file + suffix, join(root, 'linked.json'), join(root, 'named.csv')];
      for (const name of names)
        await expect(hashInput(name, 'any')).rejects.toMatchObject({
          code: 'input_not_file',
          details: { path: name },
        });
      expect(await seen()).toEqual({ file: true, index: true });
    },
  );
});

it('takes no submission that names the queue itself, as its input or its database', async () => {
  const broker = scriptedBroker(root, new ScriptedRunner());
  onTestFinished(() => broker.close());
  await broker.submit({ features_text: '{"n":1}' });
  const named = { features_path: file };
  await expect(broker.submit(named)).rejects.toMatchObject({ code: 'features_path_missing' });
  const database = { features_text: '{"n":2}', db_path: `${file}-shm` };
  await expect(broker.submit(database)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(await seen()).toEqual({ file: true, index: true });
});

it('lets a queue that is no longer open be read like any file', async () => {
  const store = await openQueue(file);
  await store.submit([newJob('a')]);
  await store.close();
  expect(await hashInput(file, 'any')).toMatchObject({ json: false });
});
