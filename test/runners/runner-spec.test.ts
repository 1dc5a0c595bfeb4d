import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import {
  formatRunnerSpec,
  parseRunnerSpec,
  type SpecPlace,
} from '../../src/runners/runner-spec.ts';

const cwd = mkdtempSync(join(tmpdir(), 'cab spec %-'));
mkdirSync(join(cwd, 'node_modules', 'left'), { recursive: true });
mkdirSync(join(cwd, 'node_modules', 'both.ways'), { recursive: true });
mkdirSync(join(cwd, 'node_modules', '@scope', 'pkg'), { recursive: true });
mkdirSync(join(cwd, 'both'));
mkdirSync(join(cwd, 'on path'));
for (const file of ['here.py', 'both/ways.py', 'on path/there.py', 'runner.mjs'])
  writeFileSync(join(cwd, file), '');
afterAll(() => rmSync(cwd, { recursive: true }));

const place: SpecPlace = { cwd, pythonPath: 'on path', builtIns: ['historical-echo'] };
const anywhere: SpecPlace = { cwd: '/', pythonPath: undefined, builtIns: ['historical-echo'] };
const parse = (text: string) => parseRunnerSpec(text, place);
const python = { form: 'python', cwd, pythonPath: join(cwd, 'on path') };

describe('a runner spec', () => {
  it.each([
    ['historical-echo', { form: 'built-in', name: 'historical-echo' }],
    ['./runner.mjs', { form: 'module', file: join(cwd, 'runner.mjs'), exportName: null }],
    ['../x/r.js:fn', { form: 'module', file: join(cwd, '../x/r.js'), exportName: 'fn' }],
    ['/a:b/c.mjs', { form: 'module', file: '/a:b/c.mjs', exportName: null }],
    ['file:///a%20b/c.mjs:$go', { form: 'module', file: '/a b/c.mjs', exportName: '$go' }],
    ['left:fn', { form: 'package', cwd, name: 'left', exportName: 'fn' }],
    ['@scope/pkg:fn', { form: 'package', cwd, name: '@scope/pkg', exportName: 'fn' }],
    ['@scope/pkg/sub:fn', { form: 'package', cwd, name: '@scope/pkg/sub', exportName: 'fn' }],
    ['npm:left', { form: 'package', cwd, name: 'left', exportName: null }],
    ['here:run', { ...python, module: 'here', callable: 'run' }],
    ['there:run', { ...python, module: 'there', callable: 'run' }],
    ['both.ways:run', { ...python, module: 'both.ways', callable: 'run' }],
    ['npm:both.ways:run', { form: 'package', cwd, name: 'both.ways', exportName: 'run' }],
    ['a.b.c:run', { ...python, module: 'a.b.c', callable: 'run' }],
    ['a.b:Class.run', { ...python, module: 'a.b', callable: 'Class.run' }],
    ['python:a.b.run', { ...python, module: 'a.b', callable: 'run' }],
    ['python:left:run', { ...python, module: 'left', callable: 'run' }],
    ['exec:tool  {features} "a b"', { form: 'exec', cwd, command: 'tool  {features} "a b"' }],
    ['sh:a | b:c', { form: 'sh', cwd, line: 'a | b:c' }],
  ])('reads %s', (text, expected) => {
    const spec = parse(text);
    expect(spec).toEqual(expected);
    expect(parseRunnerSpec(formatRunnerSpec(spec), anywhere)).toEqual(spec);
  });

  it.each([
    ['historical-ecco', 'did you mean historical-echo'],
    ['runner.mjs', 'did you mean ./runner.mjs'],
    ['nothing-like-it', 'is not known'],
    ['@scope/other:fn', 'node_modules'],
    ['python:just', 'package.module:callable'],
  ])('does not find %s', (text, message) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'runner_not_found',
        message: containing(message),
      }),
    );
  });

  it.each(['exec:', 'sh:  ', './runner.py', '@/a%zz exec:true'])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'runner_invalid' }));
  });

  it('travels unchanged, whatever the directory and the command hold', () => {
    const folder = fc.string({ unit: 'grapheme', minLength: 1 }).map((name) => `/${name}`);
    const command = fc.string({ unit: 'grapheme' }).map((tail) => `x${tail}x`);
    fc.assert(
      fc.property(folder, command, (cwd, line) => {
        const spec = { form: 'sh', cwd, line } as const;
        expect(parseRunnerSpec(formatRunnerSpec(spec), anywhere)).toEqual(spec);
      }),
    );
  });
});

const containing = (text: string): unknown => expect.stringContaining(text);
