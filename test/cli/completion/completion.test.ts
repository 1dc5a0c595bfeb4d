import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scripts } from '../../../src/cli/completion/scripts.ts';
import { commandsByHeading } from '../../../src/cli/command-table.ts';
import { commandTable } from '../../../src/commands/index.ts';
import { program } from '../../helpers/cab.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { ownedTempDir, tempDir, type TempDir } from '../../helpers/temp-dir.ts';

let cwd: string;
let folder: TempDir;

beforeAll(async () => {
  folder = await ownedTempDir();
  cwd = folder.path;
  const config = { jobs: { thumb: { runner: 'sh:cat' } } };
  await writeFile(join(cwd, 'cab.config.json'), JSON.stringify(config));
  await writeFile(join(cwd, 'song.json'), '{"a":1}');
  await mkdir(join(cwd, 'below'));
  await runCommand(['submit', 'song.json', '--track', 'a b'], { cwd });
  await runCommand(['submit', 'song.json', '--track', 'later', '--enqueue', '--force'], { cwd });
});

afterAll(() => folder.remove());

/** The words that may stand in place of the last one. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout, stderr, code } = await runCommand(['completion', 'bash', '--', ...words], {
    cwd,
  });
  expect([stderr, code]).toEqual(['', 0]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t')[0] ?? '');
}

describe('completion offers', () => {
  it('the commands of the overview', async () => {
    const known = [...commandsByHeading(commandTable).values()].flat();
    const first = new Set(known.map((id) => id.split(' ')[0]));
    expect(new Set(await offered(''))).toEqual(first);
    expect(await offered('s')).toEqual(['submit', 'serve', 'status', 'stats', 'spine']);
    expect(await offered('spine', '')).toEqual(['import']);
    expect(await offered('nonsense', '')).toEqual([]);
  });

  it('the flags of a command, those that are on as what turns them off', async () => {
    expect(await offered('submit', '--wait')).toEqual(['--wait', '--wait-timeout']);
    expect(await offered('run', '--no-')).toEqual(['--no-ignore', '--no-restore', '--no-color']);
  });

  it('the values of a flag that has few', async () => {
    const all = ['pending', 'running', 'done', 'error', 'canceled'];
    expect(await offered('status', '--status', '')).toEqual(all);
    expect(await offered('status', '-s', 'r')).toEqual(['running']);
    expect(await offered('status', '--status=r')).toEqual(['--status=running']);
    expect(await offered('status', '--limit', '')).toEqual([]);
  });

  it('tracks, jobs by their state, and kinds of job', async () => {
    expect(await offered('history', '')).toEqual(['a b']);
    expect(await offered('status', '--track', 'a')).toEqual(['a b']);
    const [first = '', second = ''] = await offered('logs', '');
    expect(await offered('logs', first)).toEqual([first]);
    expect(first).toMatch(/^[0-9a-f]{8}$/);
    expect((await offered('cancel', '')).every((id) => [first, second].includes(id))).toBe(true);
    expect(await offered('cancel', '')).toHaveLength(1);
    expect(await offered('retry', '')).toEqual([]);
    expect(await offered('run', '')).toEqual(['thumb', ':files']);
    expect(await offered('submit', '--job=')).toEqual(['--job=thumb']);
  });

  it('files, and nothing else for the words of a command', async () => {
    expect(await offered('submit', '')).toEqual([':files']);
    expect(await offered('get', 'a', '-o', '')).toEqual([':files']);
    expect(await offered('run', '-i', 'a', '--', 'ma')).toEqual([':files']);
  });

  it('the names of the root that the line names, and none where there is no root', async () => {
    const root = join(cwd, 'elsewhere');
    expect(await offered('history', '--cas-root', root, '')).toEqual([]);
    await runCommand(['submit', 'song.json', '--track', 'far', '--cas-root', root], { cwd });
    expect(await offered('history', '--cas-root', root, '')).toEqual(['far']);
    expect(await offered('history', `--cas-root=${root}`, '')).toEqual(['far']);
    const empty = await tempDir();
    const told = await runCommand(['completion', 'zsh', '--', 'get', ''], { cwd: empty });
    expect(told).toMatchObject({ stdout: '', stderr: '', code: 0 });
  });
});

it('refuses a shell that it does not know', async () => {
  const { stderr, code } = await runCommand(['completion', 'nope'], { cwd });
  expect(stderr).toMatch(/nope.*bash, zsh, fish/);
  expect(code).toBe(2);
});

const has = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

describe('the script', () => {
  it('of bash replaces what stands after the last = or :, and quotes what needs it', () => {
    const asked = `
      cab() { "${process.execPath}" "${program}" "$@"; }
      compopt() { printf 'files\\n'; }
      ${scripts.bash}
      try() {
        COMP_LINE="$1" COMP_POINT=\${#1} COMP_WORDS=("\${@:2}") COMP_CWORD=$(($# - 2))
        _cab
        printf '<%s>' "\${COMPREPLY[@]}"
        echo
      }
      try 'cab sub' cab sub
      try 'cab status --status=do' cab status --status = do
      try 'cab status --status=' cab status --status =
      try 'cab history ' cab history ''
      try 'cab hash ' cab hash ''
    `;
    const { stdout, stderr } = spawnSync('bash', ['-c', asked], { cwd, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n')).toEqual([
      '<submit>',
      '<done>',
      '<pending><running><done><error><canceled>',
      '<a\\ b>',
      'files',
      '<>',
      '',
    ]);
  });

  it.runIf(has('fish'))('of fish offers words with their text', () => {
    const asked = `
      function cab; end
      ${scripts.fish.replace('command $words[1]', `"${process.execPath}" "${program}"`)}
      complete -C 'cab status --status='
      complete -C 'cab history '
    `;
    const { stdout } = spawnSync('fish', ['-c', asked], { cwd, encoding: 'utf8' });
    expect(stdout).toContain('--status=pending');
    expect(stdout).toContain('a b\ttrack');
  });

  it.runIf(has('zsh'))('of zsh is read without a complaint', () => {
    const asked = { input: scripts.zsh, encoding: 'utf8' } as const;
    expect(spawnSync('zsh', ['-n'], asked)).toMatchObject({ stderr: '', status: 0 });
  });
});
