import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, open, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { OpenForWriting } from '../../../src/watch/done/open-for-writing.ts';
import { asOrdinaryUser } from '../../helpers/ordinary-user.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const stats = (file: string) => stat(file, { bigint: true });

it.runIf(process.platform === 'linux')(
  'names the process that may write to a file, and none for one that is only read',
  async () => {
    const file = join(await tempDir(), 'file');
    await writeFile(file, '');
    const writers = new OpenForWriting();
    const reading = await open(file, 'r');
    expect(await writers.writerOf(await stats(file))).toBeUndefined();
    const writing = await open(file, 'a');
    expect(await writers.writerOf(await stats(file))).toMatch(`process ${process.pid} (`);
    await writing.close();
    expect(await writers.writerOf(await stats(file))).toBeUndefined();
    await reading.close();
  },
);

it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  "suspects another user's process, which cannot be looked into, for that user's files alone",
  async () => {
    const dir = await tempDir();
    const uid = 54_321;
    const [own, foreign] = [join(dir, 'own'), join(dir, 'foreign')];
    for (const file of [own, foreign]) await writeFile(file, '');
    await chown(foreign, uid, uid);
    const files = await Promise.all([own, foreign].map(stats));
    const sleeper = spawn('sleep', ['1000'], { uid, stdio: 'ignore' });
    onTestFinished(() => void sleeper.kill());
    await once(sleeper, 'spawn');
    const writers = new OpenForWriting();
    const found = await asOrdinaryUser(dir, () =>
      Promise.all(files.map((file) => writers.writerOf(file))),
    );
    expect(found).toEqual([
      undefined,
      `perhaps process ${sleeper.pid ?? 0} (sleep) of user ${uid}, which may not be looked into,`,
    ]);
  },
);
