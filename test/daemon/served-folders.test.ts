import Sqlite from 'better-sqlite3';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaults } from '../../src/compose/defaults.ts';
import { watchingOf } from '../../src/compose/watch-root.ts';
import { serveFolders } from '../../src/daemon/served-folders.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { silentLogger } from '../../src/support/logger.ts';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

/** Serves the folder `inbox`, which holds one file; `pauseMs` is that of a watcher that failed. */
async function serving(pauseMs: number) {
  const cwd = await tempDir();
  const root = join(cwd, 'root');
  const inbox = join(cwd, 'inbox');
  await mkdir(inbox);
  await writeFile(join(inbox, 'a.features.json'), '{"n":1}');
  const broker = scriptedBroker(root, new ScriptedRunner());
  const failures: object[] = [];
  const served = await serveFolders({
    folders: [inbox],
    watch: { ...defaults.watch, ...watchingOf(root), broker, polls: false, settleMs: 50 },
    logger: {
      ...silentLogger,
      error: (facts, message) => void failures.push({ ...facts, message }),
    },
    pauseMs,
  });
  return {
    ...{ broker, failures, inbox, served },
    rename: (from: string, to: string) => {
      const table = new Sqlite(layoutOf(root).watched, { timeout: 5000 });
      table.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
      table.close();
    },
  };
}

it('tells of a watcher that fails, begins it again, and goes on where it was', async () => {
  const { broker, failures, inbox, served, rename } = await serving(20);
  await until(async () => (await broker.counts()).done === 1);
  rename('files', 'away');
  await writeFile(join(inbox, 'b.features.json'), '{"n":2}');
  // The second time it fails at once.
  await until(() => failures.length >= 2);
  expect(failures[0]).toEqual({
    folder: inbox,
    err: expect.objectContaining({ message: 'no such table: files' }) as unknown,
    hint: undefined,
    again_after_s: 0.02,
    message: `the watcher of ${inbox} failed`,
  });
  rename('away', 'files');
  await until(async () => (await broker.counts()).done === 2);
  await served.close();
  expect((await broker.jobs({})).jobs).toHaveLength(2);
  await broker.close();
});

it('closes while a watcher that failed rests', async () => {
  const { broker, failures, inbox, served, rename } = await serving(3_600_000);
  rename('files', 'away');
  await writeFile(join(inbox, 'b.features.json'), '{"n":2}');
  await until(() => failures.length === 1);
  await served.close();
  expect((await broker.jobs({})).jobs).toEqual([]);
  expect(failures).toHaveLength(1);
  await broker.close();
});
