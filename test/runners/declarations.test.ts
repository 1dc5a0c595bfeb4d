/** What callables and modules say of their input and their database, and what becomes of what cannot be read plainly. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { openBroker } from '../../src/compose/embedded/embedding.ts';
import type { JobDocument } from '../../src/core/model/job/job-document.ts';
import type { SubmitRequest } from '../../src/core/model/request/submit-request.ts';
import { sha256 } from '../../src/core/hashing/digest.ts';
import { tempDir } from '../helpers/temp-dir.ts';

let cwd: string;
beforeEach(async () => {
  cwd = await tempDir();
  await writeFile(join(cwd, 'in.json'), '{ "a": 1 }');
});

async function ended(runner: string, request: Partial<SubmitRequest> = {}): Promise<JobDocument> {
  const broker = await openBroker({ root: join(cwd, 'root'), cwd, runner });
  onTestFinished(() => broker.close());
  const { job_id } = await broker.submit({ features_path: 'in.json', ...request });
  return broker.wait(job_id);
}

const artifactOf = ({ result, error }: JobDocument): Promise<string> =>
  result === null ? Promise.reject(new Error(error ?? '')) : readFile(result.artifact_path, 'utf8');

const callable = (body: string): string => `def run(*, out_root, features_path, db_path):
    artifact = out_root / "artifact.json"
    artifact.write_text(features_path.read_text() + (db_path.read_text() if db_path else ""))
    return artifact


${body}
`;

describe('a Python callable', () => {
  it('that reads bytes has its input hashed as bytes', async () => {
    await writeFile(join(cwd, 'one.py'), callable('run.input_format = "bytes"'));
    const job = await ended('one:run');
    expect(job).toMatchObject({ status: 'done', source_hash: sha256('{ "a": 1 }') });
  });

  it.each<[string, string, Partial<SubmitRequest>?]>([
    ['"one.db"', 'one.db'],
    ['lambda features_path, **_: features_path.parent / "one.db"', 'one.db'],
    ['lambda name: name', 'other.db', { runner_kwargs: { name: 'other.db' } }],
  ])('that declares a database has it in its key: %s', async (declared, file, more = {}) => {
    const source = callable(`run.database = ${declared}`).replace('db_path):', 'db_path, **_):');
    await writeFile(join(cwd, 'one.py'), source);
    await writeFile(join(cwd, file), 'first');
    const first = await ended('one:run', more);
    expect(await artifactOf(first)).toBe('{ "a": 1 }first');
    await writeFile(join(cwd, file), 'second');
    const second = await ended('one:run', more);
    expect(await artifactOf(second)).toBe('{ "a": 1 }second');
    expect(second.config_hash).not.toBe(first.config_hash);
  });

  it.each(['setattr(run, "input_format", "bytes")', 'setattr(run, "database", "one.db")'])(
    'that declares in a way that cannot be read is refused when it runs: %s',
    async (declared) => {
      await writeFile(join(cwd, 'one.py'), callable(declared));
      expect(await ended('one:run')).toMatchObject({
        status: 'error',
        problem: { code: 'runner_invalid' },
        error: expect.stringContaining('on a line of its own') as string,
      });
    },
  );
});

describe('a module', () => {
  const run = `import { copyFile } from 'node:fs/promises';
export const run = ({ features_path, artifact_path }) => copyFile(features_path, artifact_path);\n`;

  it('names its format and its artifact', async () => {
    const said = `export const inputFormat = 'bytes';\nexport const artifactName = 'copy.txt';\n`;
    await writeFile(join(cwd, 'one.mjs'), run + said);
    const job = await ended('./one.mjs');
    expect(job.source_hash).toBe(sha256('{ "a": 1 }'));
    expect(job.result?.artifact_path).toMatch(/\/copy\.txt$/);
  });

  it('is refused if it says so in a way that cannot be read', async () => {
    await mkdir(join(cwd, 'more'));
    await writeFile(join(cwd, 'more/said.mjs'), `export const inputFormat = 'bytes';\n`);
    await writeFile(join(cwd, 'one.mjs'), `${run}export * from './more/said.mjs';\n`);
    expect(await ended('./one.mjs')).toMatchObject({
      status: 'error',
      problem: { code: 'runner_invalid' },
      error: expect.stringContaining('inputFormat') as string,
    });
  });

  it('names its artifact output if it does not say, and so does a program', async () => {
    await writeFile(join(cwd, 'one.mjs'), run);
    for (const runner of ['./one.mjs', 'exec:cat {features}'])
      expect((await ended(runner)).result?.artifact_path).toMatch(/\/output$/);
  });
});
