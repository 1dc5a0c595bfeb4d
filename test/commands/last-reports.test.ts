import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { FsReportStore } from '../../src/stores/local/fs-report-store.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { runCommand } from '../helpers/run-command.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';
import { tempDir } from '../helpers/temp-dir.ts';

it('remembers what the last verify of the whole root and the last gc reported', async () => {
  const cwd = await tempDir();
  const runner = new ScriptedRunner();
  const call = (argv: string[]) => runCommand(argv, { cwd, runner });
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await call(['submit', 'a.json', '--cas-root', 'root']);
  const reports = new FsReportStore(layoutOf(join(cwd, 'root')));
  await call(['gc', '--dry-run', '--cas-root', 'root']);
  await call(['verify', 'echo/index/a.json', '--cas-root', 'root']);
  expect(await reports.lastCheck()).toBeUndefined();
  expect(await reports.lastCollection()).toBeUndefined();
  await call(['verify', '--cas-root', 'root']);
  await call(['gc', '--cas-root', 'root']);
  expect(await reports.lastCheck()).toMatchObject({
    ...{ counts: { corrupt: 0 }, report: { sound: true, findings: [] } },
    report: { entries: { found: 1, checked: 1 } },
  });
  expect(await reports.lastCollection()).toMatchObject({
    report: { dry_run: false, entries: { seen: 1, kept: 1 }, decisions: [] },
  });
});
