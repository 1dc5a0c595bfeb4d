import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { cab, cleanEnvironment, program } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const action = join(import.meta.dirname, '../../action');

describe('the scripts of the action', () => {
  let dir: string;
  let root: string;
  let variables: Record<string, string>;
  beforeEach(async () => {
    dir = await tempDir();
    root = join(dir, 'tree');
    await mkdir(join(dir, 'bin'));
    await symlink(program, join(dir, 'bin/cab'));
    variables = {
      PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}`,
      GITHUB_ENV: join(dir, 'env'),
      GITHUB_PATH: join(dir, 'path'),
      GITHUB_STEP_SUMMARY: join(dir, 'summary'),
      GITHUB_WORKSPACE: dir,
      CAB_ACTION_PACKAGE: '',
      CAB_ACTION_ROOT: 'tree',
    };
  });

  const script = (name: string, more: Record<string, string> = {}) =>
    spawnSync(join(action, name), [], {
      cwd: dir,
      encoding: 'utf8',
      env: { ...cleanEnvironment(), ...variables, ...more },
    });
  const verify = () => script('verify.sh', { CAB_CAS_ROOT: root });
  const submit = () =>
    cab(['submit', join(dir, 'in.txt'), '--runner', 'exec:cat {input}', '--cas-root', root]);

  it('tell the steps that follow where the root lies, and which cab there is', () => {
    const { status, stdout } = script('setup.sh');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^cab \d+\.\d+\.\d+ /m);
    expect(readFileSync(join(dir, 'env'), 'utf8')).toBe(`CAB_CAS_ROOT=${root}\n`);
  });

  it('say it if there is no cab', () => {
    const { status, stdout } = script('setup.sh', { PATH: '/usr/bin:/bin' });
    expect(stdout).toMatch(/^::error::cab is not on PATH/);
    expect(status).toBe(1);
  });

  it('check what was restored, take aside what is corrupt, and tell what was saved', async () => {
    expect(verify()).toMatchObject({ status: 0, stdout: 'the root is empty: nothing to check\n' });
    await writeFile(join(dir, 'in.txt'), 'x');
    await submit();
    expect(verify().status).toBe(0);
    expect(readFileSync(join(dir, 'summary'), 'utf8')).toMatch(/0 hits of 1 jobs/);
    const [config = ''] = (await readdir(join(root, 'echo'))).filter((name) => name !== 'index');
    const [source = ''] = await readdir(join(root, 'echo', config));
    const artifact = join(root, 'echo', config, source, 'output');
    chmodSync(artifact, 0o644);
    writeFileSync(artifact, 'y');
    const { status, stdout } = verify();
    expect(stdout).toContain('::error');
    expect(status).toBe(0);
    expect((await submit()).stderr).toMatch(/^computed in/);
    expect(verify().status).toBe(0);
  });
});
