import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { gcReportSchema } from '../../src/core/model/report/gc-report.ts';
import { age } from '../helpers/collection.ts';
import { runCommand, type Ran } from '../helpers/run-command.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
const root = () => join(cwd, 'data/echo_cas');
const cab = (...argv: string[]): Promise<Ran> => runCommand(argv, { cwd });

beforeEach(async () => {
  cwd = await tempDir();
  await writeFile(join(cwd, 'a.json'), '{"a":1}');
  await writeFile(join(cwd, 'b.json'), '{"b":1}');
});

/** Track `t` leads to b, and led to a long ago. */
async function twoResults(): Promise<void> {
  for (const file of ['a.json', 'b.json'])
    expect((await cab('submit', file, '--track', 't')).code).toBe(0);
  age(root());
}

/** What differs from run to run, by what it is. */
const steady = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (name, part: unknown) => {
      if (name === 'elapsed_s' || name === 'bytes' || name === 'removed_bytes') return typeof part;
      return typeof part === 'string'
        ? part.replace(/[0-9a-f]{64}/g, 'HASH').replace(/^\d{4}-.*Z$/, 'TIME')
        : part;
    }),
  );

describe('cab gc', () => {
  it('prints one report, in a form that stays', async () => {
    await twoResults();
    const { json, code } = await cab('gc', '--dry-run', '--json');
    expect([json.length, code]).toEqual([1, 0]);
    const report = gcReportSchema.parse(json[0]);
    report.decisions.sort((one, other) => one.action.localeCompare(other.action));
    expect(steady(report)).toMatchSnapshot();
    const done = gcReportSchema.parse((await cab('gc', '--json')).json[0]);
    expect(done).toMatchObject({ dry_run: false, entries: { removed: 1, kept: 1 } });
    expect(done.decisions).toHaveLength(1);
  });

  it('says of each entry of a dry run what and why, in columns, and then how much', async () => {
    await twoResults();
    const { stdout } = await cab('gc', '-n');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(stdout).toMatch(
      /^remove {3} ?60d 0h +\S+ k?B {2}no track needs it, older than 30d +\w+\/\w+$/m,
    );
    expect(stdout).toMatch(/^keep {5} ?60d 0h +pointer of track t +\w+\/\w+$/m);
    expect(new Set(lines.slice(0, 2).map((line) => line.lastIndexOf(' '))).size).toBe(1);
    expect(stdout).toMatch(/^would go {2}1 of 2 entries, .*B$/m);
    const removed = await cab('gc');
    expect(removed.stdout).toMatch(/^removed {2}1 of 2 entries/);
  });

  it('refuses a size or a number that it does not understand, and a daemon elsewhere', async () => {
    for (const flags of [
      ['--max-size', 'much'],
      ['--keep-last', '0'],
      ['--url', 'http://far.example'],
    ]) {
      const { code, stderr } = await cab('gc', ...flags);
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/^error: .*(size|keep-last|daemon)/),
      ]);
    }
    expect((await cab('gc', '--url', 'http://far.example', '--offline')).code).toBe(0);
    expect((await cab('pin', 't', '--url', 'http://far.example')).code).toBe(2);
  });

  it('collects no entry and ends with exit code 1 where a pointer does not tell what it leads to', async () => {
    await twoResults();
    await writeFile(join(root(), 'echo/index/t.json'), '{');
    const { code, json } = await cab('gc', '--keep-days', '0', '--json');
    expect(code).toBe(1);
    expect(json).toMatchObject([
      {
        entries: { removed: 0 },
        unreadable: [{ file: 'echo/index/t.json', error: expect.stringContaining('is not JSON') }],
      },
    ]);
  });
});

describe('what lies in the trash', () => {
  const taken = async (): Promise<string> => {
    await twoResults();
    const report = gcReportSchema.parse((await cab('gc', '--json')).json[0]);
    const [decision] = report.decisions;
    return `${decision?.config_hash ?? ''}/${decision?.source_hash ?? ''}`;
  };

  it('comes back by its key, and stays in the next collection', async () => {
    const key = await taken();
    expect((await cab('get', key)).code).toBe(3);
    expect(await cab('gc', '--restore', key)).toMatchObject({
      code: 0,
      stdout: `${key}  restored\n`,
    });
    expect((await cab('get', key)).stdout).toBe('computed from {"a":1}');
    expect((await cab('gc', '--restore', key)).stdout).toBe(`${key}  stands in its place\n`);
    expect((await cab('gc')).stdout).toMatch(/^removed {2}0 of 2/);
    expect((await cab('verify')).code).toBe(0);
  });

  it('comes back with a pin', async () => {
    const key = await taken();
    expect(await cab('pin', key)).toMatchObject({ code: 0, stdout: `${key}  pinned\n` });
    expect((await cab('get', key)).stdout).toBe('computed from {"a":1}');
    expect((await cab('gc')).stdout).toMatch(/^removed {2}0 of 2/);
  });

  it('is said not to be there once it has been deleted, and does not hold up others', async () => {
    const key = await taken();
    expect((await cab('gc', '--grace', '1ms')).stdout).toMatch(/^trash .*1/m);
    const { code, stdout, stderr } = await cab('gc', '--restore', key, '--restore', 't');
    expect([code, stdout]).toEqual([3, expect.stringMatching(/ {2}stands in its place\n$/)]);
    expect(stderr).toContain('entry of the trash is named');
    expect((await cab('gc', '--restore', key, '--dry-run')).code).toBe(2);
  });
});

describe('cab pin', () => {
  it('keeps what is named by a key or a track until it is unpinned', async () => {
    await twoResults();
    const [{ config_hash, source_hash }] = (await cab('history', 't', '--json')).json
      .flatMap(
        (line) => (line as { history: { config_hash: string; source_hash: string }[] }).history,
      )
      .slice(1) as [{ config_hash: string; source_hash: string }];
    const key = `${config_hash}/${source_hash}`;
    expect(await cab('pin', key, 't')).toMatchObject({ code: 0, stderr: '' });
    expect((await cab('pin', key, '--json')).json).toEqual([
      { config_hash, source_hash, pinned: true, changed: false },
    ]);
    const [line = {}] = (await cab('pin', 't', '--json')).json as object[];
    expect(Object.keys(line)).toEqual(['config_hash', 'source_hash', 'pinned', 'changed']);
    expect((await cab('pin', '--json')).json).toMatchObject([{ pins: [{}, {}] }]);
    expect((await cab('pin')).stdout).toContain(`${key}\n`);
    expect((await cab('gc', '-n')).stdout).toMatch(/^keep .* pinned +/m);
    expect((await cab('gc')).stdout).toMatch(/^removed {2}0 of 2/);
    expect((await cab('unpin', key, 't')).code).toBe(0);
    expect((await cab('pin')).stdout).toBe(`no pins in ${root()}\n`);
    expect((await cab('gc')).stdout).toMatch(/^removed {2}1 of 2/);
  });

  it('knows nothing of what is not there, and goes on with the rest', async () => {
    await twoResults();
    const { code, stdout, stderr } = await cab('pin', 'nope', '../../etc', 'a/b', 't');
    expect([code, stderr.match(/no entry, track or entry of the trash is named/g)?.length]).toEqual(
      [3, 3],
    );
    expect(stdout).toContain('pinned');
    expect((await cab('unpin', 'nope')).code).toBe(3);
  });

  it('lets a pin go whose entry is gone', async () => {
    const { Pins } = await import('../../src/stores/local/pins.ts');
    const { layoutOf } = await import('../../src/stores/local/layout.ts');
    await new Pins(layoutOf(root())).add({ config_hash: 'c', source_hash: 's' });
    expect((await cab('unpin', 'c/s')).stdout).toBe('c/s  not pinned\n');
    expect((await cab('pin')).stdout).toBe(`no pins in ${root()}\n`);
  });
});
