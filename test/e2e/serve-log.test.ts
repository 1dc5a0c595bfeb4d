import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment, program } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const runner = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';

async function runsJobs(url: string): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const answer = await fetch(`${url}/echo/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer: 'wait=30' },
      body: JSON.stringify({ features: { n } }),
    });
    expect(await answer.json()).toMatchObject({ status: 'done' });
  }
}

describe('a daemon', () => {
  it('goes on when the reader of its log goes away, and ends as it is told to', async () => {
    const dir = await tempDir();
    const args = ['--runner', runner];
    const daemon = await daemonProcess({ root: join(dir, 'root'), cwd: dir, args });
    daemon.child.stderr?.destroy();
    await runsJobs(daemon.url);
    expect(await daemon.end()).toBe(0);
  });

  it.skipIf(!existsSync('/dev/full'))('goes on when its log cannot be written', async () => {
    const dir = await tempDir();
    const full = openSync('/dev/full', 'w');
    const args = ['serve', '--port', '0', '--cas-root', 'root', '--runner', runner];
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'ignore', full],
      cwd: dir,
      env: cleanEnvironment(),
    });
    closeSync(full);
    onTestFinished(() => void child.kill('SIGKILL'));
    const url = await until(async () => {
      if (child.exitCode !== null) throw new Error(`the daemon ended: ${child.exitCode}`);
      const text = await readFile(join(dir, 'root/.cab/daemon.json'), 'utf8').catch(() => '{}');
      return (JSON.parse(text) as { url?: string | null }).url ?? undefined;
    });
    await runsJobs(url);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
