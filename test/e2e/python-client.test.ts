import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const client = join(import.meta.dirname, '../../clients/python');

/** Sorts lines; some inputs make it fail or take its time. */
const runner =
  'sh:if grep -q fail "$CAB_INPUT"; then echo broken >&2; exit 1; fi; grep -q sleep "$CAB_INPUT" && sleep 30; LC_ALL=C sort "$CAB_INPUT"';

it('the Python client keeps its promises against a daemon', async () => {
  const root = join(await tempDir(), 'tree');
  const daemon = await daemonProcess({ root, args: ['--runner', runner] });
  const { status, stderr } = spawnSync('python3', ['-m', 'unittest', '-v', 'tests.test_client'], {
    cwd: client,
    encoding: 'utf8',
    env: {
      ...process.env,
      PYTHONDONTWRITEBYTECODE: '1',
      CAB_TEST_URL: daemon.url,
      CAB_TEST_SOCKET: join(root, '.cab/daemon.sock'),
    },
  });
  expect(stderr).toMatch(/Ran 8 tests[^]*\nOK\n$/);
  expect(status).toBe(0);
});
