import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const program = join(import.meta.dirname, '../../bin/run.js');

/** Runs a command in a terminal of its own, whose screen goes to the file `screen`; the end of its input is Ctrl-C. */
const terminal = `
import os, pty, select, sys
child, screen = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
with open('screen', 'wb', buffering=0) as shown:
  told = False
  while True:
    ready = select.select([screen] if told else [0, screen], [], [])[0]
    if 0 in ready:
      told = True
      os.write(screen, b'\\x03')
    try:
      if screen in ready: shown.write(os.read(screen, 65536))
    except OSError: break
os.waitpid(child, 0)
`;

it('tells people what it serves, the requests and how jobs end, a line for each', async () => {
  const cwd = await tempDir();
  const serve = ['serve', '--port', '0', '--runner', 'sh:exit 3', '--retries', '0'];
  const child = spawn('python3', ['-c', terminal, process.execPath, program, ...serve], { cwd });
  onTestFinished(() => void child.kill());
  const ended = once(child, 'exit');
  const screen = async (): Promise<string> =>
    stripVTControlCharacters(await readFile(join(cwd, 'screen'), 'utf8')).replaceAll('\r', '');
  await writeFile(join(cwd, 'screen'), '');
  const [, url = ''] = await until(
    async () => /^ {2}at +(\S+)$/m.exec(await screen()) ?? undefined,
  );
  const answer = await fetch(`${url}/echo/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"features":{}}',
  });
  expect(answer.status).toBe(202);
  const shown = await until(async () => {
    const text = await screen();
    return text.includes('hint:') ? text : undefined;
  });
  expect(shown).toMatch(/^\d\d:\d\d:\d\d {2}listening at http/m);
  expect(shown).toMatch(/^\d\d:\d\d:\d\d {2}202 +\d+ms {2}POST \/echo\/jobs$/m);
  expect(shown).toMatch(
    /^\d\d:\d\d:\d\d {2}error +\S+ {2}job [0-9a-f-]{36}\n {10}runner_failed: /m,
  );
  child.stdin.end();
  await ended;
  expect(await screen()).toMatch(/^\d\d:\d\d:\d\d {2}closed$/m);
});
