/** Whose cab.config.json is read, and where a token may go. */
import { spawnSync } from 'node:child_process';
import { chown, link, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRoot } from '../../faults/rig/users.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { openBroker } from '../../../src/compose/open-broker.ts';
import { currentOwner } from '../../../src/support/process/owner.ts';

const stranger = 12345;

let home: string;
let dir: string;
let file: string;
beforeEach(async () => {
  home = await tempDir();
  dir = await tempDir();
  file = join(dir, 'cab.config.json');
  await writeFile(file, '{"priority": 7}');
});

const run = (...argv: string[]) => runCommand(argv, { cwd: dir, env: { XDG_CONFIG_HOME: home } });
const priorityOf = ({ json }: { json: unknown[] }): unknown =>
  (json[0] as { settings?: { priority: { value: unknown } } }).settings?.priority.value;

describe.runIf(isRoot)('a configuration file in the hands of another user', () => {
  const hands: [string, () => Promise<unknown>][] = [
    ['its own', () => chown(file, stranger, stranger)],
    ['in a folder of that user', () => chown(dir, stranger, stranger)],
    [
      'led to by a link of that user',
      async () => {
        const other = join(await tempDir(), 'other.json');
        await link(file, other);
        dir = await tempDir();
        file = join(dir, 'cab.config.json');
        await symlink(other, file);
        spawnSync('chown', ['-h', `${stranger}`, file]);
      },
    ],
  ];

  it.each(hands)('is refused by name: %s', async (_name, give) => {
    await give();
    for (const argv of [['config'], ['status', '--offline'], ['submit', '-']]) {
      const { code, json } = await run(...argv, '--json');
      expect(code).toBe(2);
      expect(json[0]).toMatchObject({
        error: 'config_untrusted',
        message: expect.stringContaining(`${file} is in the hands of another user`) as unknown,
        hint: expect.stringContaining('cab config --trust') as unknown,
      });
    }
  });

  it('is read once it is trusted, until it is changed', async () => {
    await chown(file, stranger, stranger);
    const trusting = await run('config', '--trust', '--json');
    expect(trusting).toMatchObject({ code: 0, stderr: `trusted: ${file}\n` });
    expect(priorityOf(trusting)).toBe(7);
    expect(priorityOf(await run('config', '--json'))).toBe(7);
    const kept = join(home, 'cab/trusted.json');
    expect(
      Object.keys((JSON.parse(await readFile(kept, 'utf8')) as { files: object }).files),
    ).toEqual([file]);
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    await writeFile(file, '{"priority": 8}');
    expect((await run('config', '--json')).code).toBe(2);
    expect(priorityOf(await run('config', '--trust', '--json'))).toBe(8);
  });

  it("does not trust itself, nor by a list that is not the caller's", async () => {
    await writeFile(file, '{"priority": 7, "config": {"trust": true}}');
    await chown(file, stranger, stranger);
    expect((await run('config')).code).toBe(2);
    expect((await run('config', '--trust')).code).toBe(0);
    expect((await run('config')).code).toBe(0);
    await chown(join(home, 'cab/trusted.json'), stranger, stranger);
    expect((await run('config')).code).toBe(2);
  });
});

describe('a list of trusted files', () => {
  it.runIf(isRoot)('that is none is refused by name', async () => {
    await chown(file, stranger, stranger);
    await mkdir(join(home, 'cab'));
    await writeFile(join(home, 'cab/trusted.json'), 'x');
    const { code, stderr } = await run('config');
    expect(code).toBe(2);
    expect(stderr).toContain(join(home, 'cab/trusted.json'));
  });

  it('takes no file where there is none', async () => {
    const empty = await tempDir();
    const env = { XDG_CONFIG_HOME: home };
    const { code, stderr } = await runCommand(['config', '--trust'], { cwd: empty, env });
    expect(code).toBe(2);
    expect(stderr).toContain(`there is no cab.config.json in ${empty}`);
  });
});

describe('a token', () => {
  let server: Server;
  let url: string;
  let sent: (string | undefined)[];
  beforeEach(async () => {
    sent = [];
    server = createServer(({ headers }, response) => {
      sent.push(headers.authorization);
      response
        .setHeader('content-type', 'application/json')
        .end('{"counts":{},"jobs":[],"next":null}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => void server.close());

  const status = async (env: Record<string, string>, ...flags: string[]) => {
    const { stderr } = await runCommand(['status', ...flags], { cwd: dir, env, openBroker });
    return { stderr, sent: sent.splice(0) };
  };
  const mine = 'Bearer mine';

  it('of the environment goes where the environment or a flag says', async () => {
    const env = { CAB_TOKEN: 'mine' };
    expect((await status({ ...env, CAB_URL: url })).sent).toContain(mine);
    expect((await status(env, '--url', url)).sent).toContain(mine);
  });

  it('of the environment never goes where a file that was found says', async () => {
    await writeFile(file, JSON.stringify({ url }));
    const { sent: seen, stderr } = await status({ CAB_TOKEN: 'mine' });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(mine);
    expect(stderr).toContain(`CAB_TOKEN is not sent to ${url}, which ${file} names`);
    expect((await status({ CAB_TOKEN: 'mine', CAB_URL: url })).sent).toContain(mine);
  });

  it('of that file goes where the file says', async () => {
    await writeFile(file, JSON.stringify({ url, token: 'mine' }));
    expect((await status({})).sent).toContain(mine);
  });

  it('of the environment never goes where what was found in a root says', async () => {
    const own = join(dir, 'data/echo_cas/.cab');
    await mkdir(own, { recursive: true });
    const daemon = {
      ...{ ...currentOwner(), url, socket: null, version: '0' },
      ...{ runner: 'historical-echo', artifact_name: null, manifest_name: 'manifest.json' },
    };
    await writeFile(join(own, 'daemon.json'), JSON.stringify(daemon));
    const { sent: seen } = await status({ CAB_TOKEN: 'mine' });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).not.toContain(mine);
  });
});
