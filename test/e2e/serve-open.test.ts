import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

/** A folder with a program that notes how it was called in place of the system's. */
async function opener(dir: string, script: string): Promise<NodeJS.ProcessEnv> {
  const bin = join(dir, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'xdg-open'), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, 'xdg-open'), 0o755);
  return { PATH: [bin, process.env['PATH']].join(delimiter) };
}

it.skipIf(process.platform !== 'linux')(
  'opens the page, and keeps its token to itself',
  async () => {
    const dir = await tempDir();
    const note = join(dir, 'note');
    const env = await opener(dir, `echo "$1 [$CAB_TOKEN]" > ${note}.new; mv ${note}.new ${note}`);
    const { url, end } = await daemonProcess({
      root: join(dir, 'root'),
      args: ['--open'],
      env: { ...env, CAB_TOKEN: 'secret' },
    });
    const told = await until(async () => readFile(note, 'utf8').catch(() => undefined));
    expect(told).toBe(`${url}/ []\n`);
    expect(await end()).toBe(0);
  },
);

it.skipIf(process.platform !== 'linux')('goes on where no browser can be opened', async () => {
  const dir = await tempDir();
  const env = await opener(dir, 'exit 3');
  const { url, log, end } = await daemonProcess({ root: join(dir, 'root'), args: ['--open'], env });
  await until(() => log().includes('the page could not be opened'));
  expect(log()).toContain(`open ${url}/ yourself`);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await end()).toBe(0);
});

it('serves no page with --no-ui, and then has none to open', async () => {
  const root = join(await tempDir(), 'root');
  const { url } = await daemonProcess({ root, args: ['--no-ui'] });
  expect((await fetch(url)).status).toBe(404);
  const refused = await cab(['serve', '--no-ui', '--open', '--cas-root', `${root}2`]);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('serves no page') });
});
