import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { runProject, type RunProject } from './project.ts';

/** Whether this machine can make one at all. */
function canMakeSandboxes(): boolean {
  try {
    execFileSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', '/bin/true']);
    return true;
  } catch {
    return false;
  }
}

describe('a sandbox of cab run', () => {
  let { path, run, sh } = {} as RunProject;
  beforeEach(async () => {
    ({ path, run, sh } = await runProject());
  });

  it('is refused where there is no bubblewrap, and nothing runs', async () => {
    const { code, stderr } = await run(['--sandbox', '--', '/usr/bin/touch', 'made'], {
      env: { PATH: path('none') },
    });
    expect(code).toBe(125);
    expect(stderr).toMatch(/--sandbox: bubblewrap \(bwrap\) is not on PATH/);
    expect(existsSync(path('made'))).toBe(false);
  });

  describe.skipIf(!canMakeSandboxes())('where it can be made', () => {
    it('shows declared inputs and the system, and brings outputs into the project', async () => {
      await mkdir(path('src'));
      await writeFile(path('src/a'), 'a');
      await symlink('src/a', path('link'));
      const line = 'mkdir -p out && cat src/a link in.txt > out/all && echo made';
      const words = ['--sandbox', '-i', 'src', '-i', 'link', '-i', 'in.txt', '-o', 'out'];
      const first = await sh(words, line);
      expect(first).toMatchObject({ code: 0, stdout: 'made\n' });
      expect(readFileSync(path('out/all'), 'utf8')).toBe('aaone\n');
      expect((await sh(words, line)).stderr).toMatch(/^cab: hit/);
    });

    it('takes patterns of outputs, and inputs whose names are not UTF-8', async () => {
      await writeFile(
        Buffer.concat([Buffer.from(`${path('')}/`), Buffer.from([0xff, 0xfe])]),
        'odd\n',
      );
      const words = ['--sandbox', '-i', '.', '-o', 'made/*.up'];
      const line = String.raw`cat in.txt "$(printf '\377\376')" | tr a-z A-Z > made/all.up`;
      const first = await sh(words, line);
      expect(first).toMatchObject({ code: 0 });
      expect(readFileSync(path('made/all.up'), 'utf8')).toBe('ONE\nODD\n');
    });

    it('fails a command that reads what it did not declare, and names it', async () => {
      await writeFile(path('hidden.txt'), 'x');
      const { code, stderr } = await sh(['--sandbox', '-i', 'in.txt'], 'cat in.txt hidden.txt');
      expect(code).toBe(1);
      expect(stderr).toMatch(/hint: .*-i hidden\.txt/);
      const declared = await sh(['--sandbox', '-i', '*.txt'], 'cat in.txt hidden.txt');
      expect(declared.stdout).toBe('one\nx');
    });

    it('lets it change neither its inputs nor what lies elsewhere, and keeps its home and /tmp empty', async () => {
      const line = [
        '! echo more >> in.txt',
        '! touch /usr/made',
        'test "$(ls -A "$HOME")" = in.txt',
        'test "$(ls -A /tmp | wc -l)" -le 1',
      ].join(' && ');
      const { code } = await sh(['--sandbox', '-i', 'in.txt'], `{ ${line}; } 2>/dev/null`);
      expect(code).toBe(0);
      expect(readFileSync(path('in.txt'), 'utf8')).toBe('one\n');
    });

    it('has the network only where it is let in', async () => {
      const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const words = ['bash', '-c', `cat < /dev/tcp/127.0.0.1/${port}`];
      expect((await run(['--sandbox', '--', ...words])).code).toBe(1);
      expect((await run(['--sandbox', '--network', '--', ...words])).stdout).toBe('hello');
    });

    it('runs a program of the project, from a folder in it', async () => {
      await mkdir(path('tools'));
      await writeFile(path('tools/t'), '#!/bin/sh\npwd; ls\n', { mode: 0o755 });
      const { stdout } = await run(['--sandbox', '--', './t'], { cwd: path('tools') });
      expect(stdout).toBe(`${path('tools')}\nt\n`);
    });
  });
});
