import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkTrack, findInputs } from '../../../src/cli/jobs/inputs.ts';
import { trackType } from '../../../src/cli/settings/setting-kinds.ts';
import { trackOf } from '../../../src/core/model/entry/track-pattern.ts';
import { ordinaryUser, workplace, type User } from '../../faults/rig/users.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const world = (cwd: string, input: string | Buffer = '') => ({
  cwd,
  stdin: Readable.from([Buffer.from(input)]),
});

describe('operands', () => {
  it('are files by name, whether they exist or not: the broker says what is wrong', async () => {
    expect(await findInputs(['a.json', '/x/b.json'], world('/home/me'))).toEqual([
      { name: 'a.json', path: '/home/me/a.json' },
      { name: '/x/b.json', path: '/x/b.json' },
    ]);
  });

  it('are patterns where no file has that very name, sorted, below the working directory', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'songs'));
    for (const name of ['b.json', 'a.json', 'c.txt', '[1].json'])
      await writeFile(join(dir, 'songs', name), '{}');
    const found = await findInputs(['songs/[ab].json', 'songs/[1].json'], world(dir));
    expect(found.map(({ name }) => name)).toEqual([
      'songs/a.json',
      'songs/b.json',
      'songs/[1].json',
    ]);
  });

  it('that match nothing are an error of their own', async () => {
    const [found] = await findInputs(['*.nothing'], world(await tempDir()));
    expect(found).toMatchObject({ name: '*.nothing', error: { code: 'input_not_found' } });
  });

  it('that are empty are an error of their own, and not the working directory', async () => {
    const found = await findInputs(['', 'a.json'], world('/home/me'));
    expect(found).toMatchObject([
      { name: '', error: { code: 'usage', message: 'an operand is empty, and names no file' } },
      { name: 'a.json' },
    ]);
  });

  it('that are longer than a name can be are patterns that match nothing', async () => {
    const [found] = await findInputs(['?'.repeat(300)], world(await tempDir()));
    expect(found).toMatchObject({ error: { code: 'input_not_found' } });
  });

  it('are taken by name where the system does not tell what is there: the broker says why', async () => {
    const dir = await tempDir();
    await symlink('loop', join(dir, 'loop'));
    expect(await findInputs(['loop/*.json'], world(dir))).toEqual([
      { name: 'loop/*.json', path: join(dir, 'loop/*.json') },
    ]);
  });

  it.runIf(ordinaryUser !== undefined)('so in a directory that may not be read', async () => {
    // A process of its own: what a user may look at is asked of the real user, whom no test can put aside.
    const at = await workplace(ordinaryUser as User);
    onTestFinished(() => at.remove());
    await mkdir(join(at.dir, 'shut'), { mode: 0 });
    const { code, stderr } = await at.run('submit', 'shut/*.json', 'shut/?', '--runner', 'sh:true');
    expect(code).toBe(2);
    for (const name of ['shut/*.json', 'shut/?'])
      expect(stderr).toContain(`error: ${join(at.dir, name)} may not be read\n`);
  });

  it('are standard input for -, as text or, if it is no UTF-8, as bytes', async () => {
    expect(await findInputs(['-'], world('/', '{"ü":1}'))).toEqual([
      { name: '-', sent: { text: '{"ü":1}' } },
    ]);
    expect(await findInputs(['-'], world('/', Buffer.from([0xff])))).toMatchObject([
      { name: '-', sent: { bytes: Buffer.from([0xff]) } },
    ]);
  });
});

describe('a track', () => {
  it('is a pattern of stem, name and directory', () => {
    expect(trackOf('{stem}', '/a/songs/x.features.json')).toBe('x.features');
    expect(trackOf('{dir}/{name}', '/a/songs/x.json')).toBe('songs/x.json');
    expect(trackOf('{other} $& ok', '/a/x.json')).toBe('{other} $& ok');
  });

  it('may have braces of its own, but no misspelt placeholder', () => {
    for (const track of ['one', '{stem}', '{dir}/{name}', '{draft} 2', '{', '{}'])
      expect(trackType.schema().parse(track)).toBe(track);
    for (const track of ['{stm}', '{Stem}', '{dir}/{nam}'])
      expect(() => trackType.schema().parse(track)).toThrow(/\{stem\}, \{name\} and \{dir\}/);
  });

  it('may not be one for several files', () => {
    const files = ['a', 'b'].map((name) => ({ name, path: `/${name}` }));
    expect(() => checkTrack('one', files)).toThrow(expect.objectContaining({ code: 'usage' }));
    expect(() => checkTrack('one', files.slice(1))).not.toThrow();
    expect(() => checkTrack('{stem}', files)).not.toThrow();
    expect(() => checkTrack(undefined, files)).not.toThrow();
  });

  it('may not be made of the name of what has none', () => {
    const text = { name: '-', sent: { text: '{}' } };
    expect(() => checkTrack('p-{stem}', [{ name: 'a', path: '/a' }, text])).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: '--track p-{stem}: - is input without a name of a file',
      }),
    );
    expect(() => checkTrack('one', [text])).not.toThrow();
  });
});
