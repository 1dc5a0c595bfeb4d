import { readdir, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../src/cli/exit-codes.ts';
import { catalogue, CabError, errnoOf, isErrorCode } from '../../../src/core/model/errors.ts';

const root = join(import.meta.dirname, '../../..');
const codes = Object.keys(catalogue);

describe('the table of errors', () => {
  it('is documented row by row, with status and exit code', async () => {
    const text = await readFile(join(root, 'docs/reference/errors.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` +\| +(\d+) +\| +(\d+) +\|/gm)].map(
      ([, code, status, exit]) => ({ code, status: Number(status), exit: Number(exit) }),
    );
    const wanted = Object.entries(catalogue).map(([code, { status }]) => ({
      code,
      status,
      exit: isErrorCode(code) ? exitCodeOf(code) : Number.NaN,
    }));
    expect(rows).toEqual(wanted);
  });

  it('has no code that nothing throws', async () => {
    const sources = await sourcesBelow(join(root, 'src'));
    const thrown = sources
      .filter(({ path }) => !path.endsWith('core/model/errors.ts'))
      .map(({ text }) => text);
    expect(codes.filter((code) => !thrown.some((text) => text.includes(`'${code}'`)))).toEqual([]);
  });

  it('has nothing of the disk, the store or the queue that is taken for bad input', () => {
    const away = codes.filter((code) => /space|unwritable|io_error|^queue|^store/.test(code));
    expect(away).toContain('no_space');
    for (const code of away) expect(isErrorCode(code) && exitCodeOf(code), code).toBe(4);
  });

  it('has a hint for every code', () => {
    for (const [code, { hint }] of Object.entries(catalogue))
      expect(hint, code).toMatch(/^\S.*\S$/);
  });

  it('takes a disk that is full, gone or not to be written as out of reach', () => {
    for (const code of ['no_space', 'root_unwritable', 'root_moved', 'io_error'] as const)
      expect([code, exitCodeOf(code)]).toEqual([code, 4]);
  });

  it('gives an error its hint, and keeps the cause', () => {
    const cause = new Error('why');
    const error = new CabError('no_space', 'disk is full', { cause });
    expect(error).toMatchObject({
      hint: catalogue.no_space.hint,
      kind: 'unreachable',
      retry: 'outside',
      cause,
    });
    expect(new CabError('timeout', 'slow').retry).toBe('asked');
  });
});

describe('the code of a failed system call', () => {
  const named = (errno: number): string | undefined =>
    errnoOf(Object.assign(new Error('failed'), { code: getSystemErrorName(-errno) }));

  it('is its name, also where Node has a number alone', () => {
    const { ENOENT, ESTALE, EDQUOT } = constants.errno;
    expect([ENOENT, ESTALE, EDQUOT].map(named)).toEqual(['ENOENT', 'ESTALE', 'EDQUOT']);
    expect(named(4242)).toBe('E4242');
  });

  it('is nothing that another error bears', () => {
    expect(errnoOf(new Error('failed'))).toBeUndefined();
    expect(errnoOf(Object.assign(new Error('failed'), { code: 7 }))).toBeUndefined();
  });
});

async function sourcesBelow(dir: string): Promise<{ path: string; text: string }[]> {
  const names = await readdir(dir, { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts')).map((name) => join(dir, name));
  return Promise.all(files.map(async (path) => ({ path, text: await readFile(path, 'utf8') })));
}
