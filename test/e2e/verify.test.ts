import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { verifyReportSchema } from '../../src/core/model/report/verify-report.ts';
import { cab } from '../helpers/cab.ts';
import { closedAddress } from '../helpers/closed-port.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { inspectTree } from '../helpers/tree.ts';

let dir: string;
let root: string;
beforeEach(async () => {
  dir = await tempDir();
  root = join(dir, 'tree');
});

const copying = 'sh:cat "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
const verify = (...args: string[]) => cab(['verify', '--cas-root', root, ...args], { cwd: dir });

async function submit(
  names: readonly string[],
  runner = copying,
  ...args: string[]
): Promise<string[]> {
  for (const name of names) await writeFile(join(dir, `${name}.json`), JSON.stringify({ name }));
  const { stdout, code } = await cab(
    [
      'submit',
      ...names.map((name) => `${name}.json`),
      '--json',
      '--wait',
      '--cas-root',
      root,
      '--runner',
      runner,
      ...args,
    ],
    { cwd: dir },
  );
  expect(code).toBe(0);
  return stdout
    .trim()
    .split('\n')
    .map(
      (line) => (JSON.parse(line) as { result: { artifact_path: string } }).result.artifact_path,
    );
}

async function pointersOf(tree: string): Promise<Map<string, string>> {
  const index = join(tree, 'echo', 'index');
  const names = (await readdir(index)).sort();
  const texts = names.map((name) => readFile(join(index, name), 'utf8'));
  return new Map((await Promise.all(texts)).map((text, at) => [names[at] ?? '', text]));
}

async function damage(file: string): Promise<void> {
  await chmod(file, 0o644);
  await writeFile(file, 'x', { flag: 'r+' });
}

describe('cab verify', () => {
  it('says that a tree is sound, and exits with 0', async () => {
    await submit(['a', 'b', 'c']);
    const { stdout, stderr, code } = await verify('--jobs', '2');
    expect([stderr, code]).toEqual(['', 0]);
    expect(stdout).toMatch(/^verdict +sound\nentries +3 of 3 checked\npointers +3\nread +6 files/);
  });

  it('tells what is corrupt, to people, programs and CI, and exits with 6', async () => {
    const [artifact = ''] = await submit(['a', 'b']);
    await damage(artifact);
    const text = await verify();
    expect(text).toMatchObject({ code: 6, stderr: '' });
    expect(text.stdout).toMatch(/^corrupt {5}echo\/.*output\n +the bytes do not match/);
    expect(text.stdout).toMatch(/tracks +a\n/);
    expect(text.stdout).toContain(`cab verify --repair --rerun --cas-root ${root} echo/`);

    const json = await verify('--json', '--junit', 'report.xml');
    expect(json.code).toBe(6);
    expect(verifyReportSchema.parse(JSON.parse(json.stdout))).toMatchObject({ sound: false });
    const junit = await readFile(join(dir, 'report.xml'), 'utf8');
    expect(junit).toContain('<testsuites tests="9" failures="1" skipped="1"');
    expect(junit).toContain('type="corrupt"');

    const github = await verify('--github');
    expect(github.code).toBe(6);
    expect(github.stdout).toMatch(
      /^::notice title=cab verify::2 of 2 entries checked, 1 findings\n::error file=echo\//,
    );
  });

  it('mends: takes the corrupt entry aside and computes it again', async () => {
    const [artifact = ''] = await submit(['a', 'b']);
    await damage(artifact);
    const { stdout, code } = await verify('--repair', '--rerun');
    expect(code).toBe(6);
    expect(stdout).toMatch(/taken aside, to \.cab\/quarantine\/.*; computed again by job /);
    expect(stdout).toMatch(/^pointers +2$/m);
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
    expect((await cab(['get', 'a', '--cas-root', root])).stdout).toBe('{"name":"a"}');
    const after = await verify();
    expect(after.code).toBe(0);
    // The entry and its pointer; the note beside the entry is none of its own.
    expect(after.stdout).toContain(' 2 kept as evidence in ');
  });

  it('computes nothing again without a repair, and says so', async () => {
    await submit(['a']);
    expect(await verify('--rerun')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--rerun goes with --repair'),
    });
    const options = { cwd: dir, env: { CAB_VERIFY_RERUN: '1' } };
    expect(await cab(['verify', '--cas-root', root], options)).toMatchObject({ code: 0 });
  });

  it.each<[string, (entry: string) => Promise<void>]>([
    ['damaged', (entry) => damage(join(entry, 'output'))],
    ['removed', (entry) => rm(entry, { recursive: true })],
    [
      'removed, and the pointers to it',
      async (entry) => {
        await rm(entry, { recursive: true });
        await rm(join(root, 'echo/index'), { recursive: true });
      },
    ],
  ])(
    'mends every track of an entry that was %s, whatever its new bytes are',
    async (_how, harm) => {
      // Other bytes each time.
      const runner = 'sh:date +%s%N > "$CAB_ARTIFACT_PATH"';
      const tracks = ['one', 'two'];
      for (const track of tracks) {
        const [artifact = ''] = await submit(['a'], runner, '--track', track);
        if (track === 'two') await harm(dirname(artifact));
      }
      const found = await verify('--repair', '--rerun', '--json');
      expect(found.code).not.toBe(0);
      expect(JSON.parse(found.stdout)).toMatchObject({ sound: true });
      expect((await verify()).stdout).toMatch(/^verdict +sound\n/);
      const got = await Promise.all(
        tracks.map(async (track) => (await cab(['get', track, '--cas-root', root])).stdout),
      );
      expect(got[0]).toMatch(/^\d+\n$/);
      expect(got[1]).toBe(got[0]);
    },
  );

  it('leads a track to what its key gives now, where that was computed again for another', async () => {
    const runner = 'sh:date +%s%N > "$CAB_ARTIFACT_PATH"';
    for (const track of ['one', 'two']) {
      const [artifact = ''] = await submit(['a'], runner, '--track', track);
      if (track === 'two') await damage(artifact);
    }
    await submit(['a'], runner, '--track', 'one');
    const { stdout, code } = await verify();
    expect(code).toBe(0);
    expect(stdout).toContain('echo/index/two.json: its etag is older than its entry');
    const pointed = async () => (await cab(['get', 'two', '--pointer', '--cas-root', root])).stdout;
    const before = await pointed();
    expect((await verify('--repair')).code).toBe(0);
    expect((await verify()).stdout).not.toContain('its etag');
    expect(await pointed()).toBe(before);
  });

  it('leads a track back to its latest result, also after a recomputation, and none to an older one', async () => {
    const get = async (): Promise<string> => (await cab(['get', 'a', '--cas-root', root])).stdout;
    const [older = ''] = await submit(['a']);
    const [later = ''] = await submit(['b'], copying, '--track', 'a');
    expect((await verify('--recompute', '100%')).stdout).toMatch(/recomputed +2\n/);
    for (const damaged of [later, older]) {
      await damage(damaged);
      expect((await verify('--repair', '--rerun')).stdout).toContain('computed again by job');
      expect((await verify()).code).toBe(0);
      expect(await get()).toBe('{"name":"b"}');
    }
  });

  it('tells a runner that does not reproduce from one that does', async () => {
    await submit(['a', 'b']);
    expect((await verify('--recompute', '100%')).stdout).toMatch(
      /verdict +sound\n[^]*recomputed +2\n/,
    );
    const pid = 'sh:echo $$ > "$CAB_ARTIFACT_PATH"';
    await submit(['c'], pid);
    const { code, stdout } = await verify('--recompute', '100%', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      recomputed: 3,
      counts: { not_reproducible: 1, corrupt: 0 },
      findings: [{ class: 'not_reproducible' }],
    });
  });

  it('leaves every track where it is when it runs jobs again', async () => {
    const other = 'sh:wc -c < "$CAB_FEATURES_PATH" > "$CAB_ARTIFACT_PATH"';
    await submit(['a'], other);
    await submit(['a']);
    const sent = ['submit', '-', '--cas-root', root, '--runner', copying];
    expect((await cab(sent, { cwd: dir, input: '{"sent":1}' })).code).toBe(0);
    const before = await pointersOf(root);
    expect([...before.keys()]).toEqual(['a.json']);
    expect((await verify('--recompute', '100%')).stdout).toMatch(/recomputed +3\n/);
    expect(await pointersOf(root)).toEqual(before);
  });

  it('never finds fault with a tree in which jobs run', async () => {
    const daemon = await daemonProcess({ root, cwd: dir, args: ['--runner', copying] });
    const names = Array.from({ length: 60 }, (_, n) => `song-${n}`);
    for (const name of names) await writeFile(join(dir, `${name}.json`), JSON.stringify({ name }));
    const files = names.map((name) => `${name}.json`);
    const args = ['submit', ...files, '--wait', '--cas-root', root, '--runner', copying];
    const load = cab(args, { cwd: dir });
    const isOver = load.then(() => true);
    do {
      const { stdout, code } = await verify('--json');
      expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
    } while (!(await Promise.race([isOver, Promise.resolve(false)])));
    expect((await load).code).toBe(0);
    expect(await daemon.end()).toBe(0);
    expect((await verify()).code).toBe(0);
  });

  it('refuses what makes no sense', async () => {
    await submit(['a']);
    expect(await verify('--sample', 'some')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--sample: expected a percentage such as 5%'),
    });
    expect(await verify('/elsewhere')).toMatchObject({ code: 2 });
    expect(await verify('--max-age', 'long')).toMatchObject({ code: 2 });
    for (const path of ['echo/none/none', 'echo/none', 'echo/index/none.json'])
      expect(await verify(path)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining(`${path}: there is nothing to verify`),
      });
    expect(await verify('--url', await closedAddress())).toMatchObject({ code: 2 });
    expect(await cab(['verify', '--cas-root', join(dir, 'none')])).toMatchObject({ code: 4 });
    expect(await verify('--junit', join(dir, 'no/such/dir.xml'))).toMatchObject({ code: 2 });
  });
});

it('runs jobs again under the names that their files had, whatever the names of the moment are', async () => {
  const [artifact = ''] = await submit(['one'], copying, '--artifact-name', 'one.out');
  const [other = ''] = await submit(['two']);
  expect((await verify('--recompute', '100%')).stdout).toMatch(/recomputed +2\n/);
  for (const file of [artifact, other]) await damage(file);
  expect(await verify('--repair', '--rerun')).toMatchObject({
    stdout: expect.stringContaining('computed again by job') as unknown,
  });
  expect(await verify()).toMatchObject({ code: 0 });
  expect(await readFile(artifact, 'utf8')).toBe('{"name":"one"}');
});
