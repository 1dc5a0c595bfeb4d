/** Of examples/operations, what no other test runs: that systemd and launchd can read it, and that it fits cab. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { parseDuration } from '../src/cli/settings/duration.ts';
import { allSettings, engine, serve } from '../src/cli/settings/flags.ts';
import { envOf } from '../src/cli/settings/setting.ts';
import { installed } from './helpers/installed.ts';
import { tempDir } from './helpers/temp-dir.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../examples/operations');
const textOf = (name: string) => readFile(join(folder, name), 'utf8');

const known = allSettings.map(envOf);
/** Answers under way and jobs are given the grace, and then what jobs started is ended. */
const longestStop = serve.grace.fallback + engine.kill_grace.fallback;

describe.each(['cab.service', 'cab-watch.service'])('%s', (name) => {
  it.skipIf(installed('systemd-analyze') === undefined)('is a unit to systemd', async () => {
    const unit = join(await tempDir(), name);
    await writeFile(unit, (await textOf(name)).replace('/usr/local/bin/cab', '/bin/true'));
    expect(await run('systemd-analyze', ['verify', unit])).toEqual({ stdout: '', stderr: '' });
  });

  it('sets what there is to set', async () => {
    const names = (await textOf(name)).match(/^Environment=CAB_\w+/gm) ?? [];
    expect(names.length).toBeGreaterThan(0);
    for (const line of names) expect(known).toContain(line.replace('Environment=', ''));
  });
});

it('cab.service waits for as long as an orderly end may take', async () => {
  const text = await textOf('cab.service');
  const valueOf = (key: string) =>
    parseDuration(new RegExp(`${key}=(\\S+)`).exec(text)?.[1] ?? '') ?? 0;
  expect(valueOf('CAB_SERVE_GRACE')).toBe(serve.grace.fallback);
  expect(valueOf('TimeoutStopSec')).toBeGreaterThan(longestStop);
});

it('cab.env sets what there is to set', async () => {
  const names = (await textOf('cab.env')).match(/^CAB_\w+(?==)/gm) ?? [];
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(known).toContain(name);
});

const plistSchema = z.object({
  Label: z.literal('org.example.cab'),
  ProgramArguments: z.array(z.string()),
  EnvironmentVariables: z.record(z.string(), z.string()),
  ExitTimeOut: z.int(),
  KeepAlive: z.object({ SuccessfulExit: z.literal(false) }),
});

it('org.example.cab.plist is a property list that fits', async () => {
  const read = 'import json,plistlib,sys; print(json.dumps(plistlib.load(open(sys.argv[1],"rb"))))';
  const file = join(folder, 'org.example.cab.plist');
  const { stdout } = await run('python3', ['-c', read, file]);
  const agent = plistSchema.parse(JSON.parse(stdout));
  expect(agent.ProgramArguments).toContain('serve');
  expect(agent.ExitTimeOut * 1000).toBeGreaterThan(longestStop);
  const names = Object.keys(agent.EnvironmentVariables).filter((name) => name.startsWith('CAB_'));
  for (const name of names) expect(known).toContain(name);
});
