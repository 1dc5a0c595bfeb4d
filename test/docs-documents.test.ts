/** The field tables of docs/reference/documents.md, held against the schemas and against what commands print. */
import { readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type * as z from 'zod/mini';
import { manifestSchema } from '../src/core/model/entry/manifest.ts';
import { runRecordSchema } from '../src/core/model/command/run-record.ts';
import { gcReportSchema } from '../src/core/model/report/gc-report.ts';
import { verifyReportSchema } from '../src/core/model/report/verify-report.ts';
import { schemas } from '../src/http/server/openapi-schemas.ts';
import { cab } from './helpers/cab.ts';
import { fieldsOfPage, fieldsOfSchema, pathsOf, unlinked } from './helpers/document-fields.ts';
import { tempDir } from './helpers/temp-dir.ts';

const repository = join(import.meta.dirname, '..');
const page = readFileSync(join(repository, 'docs/reference/documents.md'), 'utf8');

const described: readonly (readonly [string, z.ZodMiniType])[] = [
  ['Job', schemas.Job],
  ['Submission', schemas.Submission],
  ['List of jobs', schemas.Jobs],
  ['Explanation', schemas.Explanation],
  ['Pointer', schemas.Pointer],
  ['List of tracks', schemas.Tracks],
  ['History', schemas.History],
  ['Manifest', manifestSchema],
  ['Event', schemas.JobEvent],
  ['Problem', schemas.Problem],
  ['Record of a command', runRecordSchema],
  ['Garbage collection', gcReportSchema],
  ['Verification', verifyReportSchema],
];

it.each(described)('%s has the fields and types of its schema', (heading, schema) => {
  const shown = fieldsOfPage(page, heading);
  const types = new Map(
    fieldsOfSchema(schema, heading === 'Submission' ? 'input' : 'output').map(({ path, type }) => [
      path,
      type,
    ]),
  );
  expect(shown.map(({ path }) => path).sort()).toEqual(
    unlinked(
      [...types.keys()].map((path) => ({ path })),
      shown,
    )
      .map(({ path }) => path)
      .sort(),
  );
  for (const { path, type, isLink } of shown)
    if (!isLink) expect([path, types.get(path)]).toEqual([path, type]);
});

it('documents without a schema have the fields that commands print', async () => {
  const cwd = await tempDir();
  await cp(join(repository, 'examples'), cwd, { recursive: true });
  const printed = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await cab([...args, '--json'], { cwd })).stdout);
  const migrated = async (): Promise<unknown> => {
    const pointers = join(cwd, 'data/echo_cas/echo/index');
    await writeFile(join(pointers, 'none.json'), 'no pointer');
    return printed('migrate', '--to', 'elsewhere');
  };
  const command = ['run', '-t', 'copy', '-i', 'songs.csv', '-o', 'copy.csv'];
  const words = ['--', 'cp', 'songs.csv', 'copy.csv'];
  const documents: readonly (readonly [string, unknown, readonly string[]])[] = [
    ['Run', JSON.parse((await cab([...command, '--json', ...words], { cwd })).stdout), []],
    [
      'Dry run of a command',
      JSON.parse((await cab([...command, '-n', '--json', ...words], { cwd })).stdout),
      [],
    ],
    ['Error of a command', await printed('status', 'nothing'), []],
    ['Statistics', await printed('stats'), ['runners', 'days']],
    ['Doctor', await printed('doctor'), []],
    ['Configuration', await printed('config'), ['settings']],
    ['Migration', await migrated(), []],
    ['File of an entry', await printed('get', 'copy', '-o', 'copy.out'), []],
  ];
  for (const [heading, document, open] of documents) {
    const all = new Set(
      pathsOf(document).filter((path) => !open.some((name) => path.startsWith(`${name}.`))),
    );
    const shown = fieldsOfPage(page, heading).map(({ path }) => path);
    expect([heading, ...shown.filter((path) => !all.has(path) && !optional.has(path))]).toEqual([
      heading,
    ]);
    expect([
      heading,
      ...[...all].filter((path) => !shown.includes(path) && !path.startsWith('details.')),
    ]).toEqual([heading]);
  }
});

/** Fields that are only there at times. */
const optional = new Set(['findings[].hint']);

it('smaller documents have the fields that commands print', async () => {
  const cwd = await tempDir();
  await cp(join(repository, 'examples'), cwd, { recursive: true });
  await cab(['run', '-t', 'copy', '-i', 'songs.csv', '--', 'cat', 'songs.csv'], { cwd });
  const [, section = ''] = page.split('\n## Smaller documents\n');
  const calls = [
    ['pin', 'copy'],
    ['pin'],
    ['hash', 'songs.csv'],
    ['logs', 'copy'],
    ['tracks', 'rm', 'copy', '--dry-run'],
    ['init'],
    ['spine', 'import', 'songs.csv', '--out', 'new.db'],
  ];
  for (const call of calls) {
    const { stdout } = await cab([...call, '--json'], { cwd });
    const [first = '{}'] = stdout.split('\n');
    const shown = section.split('\n').filter((line) => {
      const [, words = ''] = /^\| (.*?) +\| /.exec(line) ?? [];
      return words.includes(`cab ${call.slice(0, call[0] === 'tracks' ? 2 : 1).join(' ')}`);
    });
    const names = pathsOf(JSON.parse(first)).map((path) => path.split('.').at(-1) ?? '');
    const missing = names.filter((name) => !shown.some((line) => line.includes(`"${name}"`)));
    expect([call.join(' '), ...missing]).toEqual([call.join(' ')]);
  }
});
