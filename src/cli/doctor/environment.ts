/** What the program needs: Node, the native module with its SQLite, Python. */
import { execa } from 'execa';
import { errnoOf } from '../../core/model/errors.ts';
import { openSqlite, sqliteDriver, sqliteMend } from '../../support/sqlite/sqlite.ts';
import { ok, problem, warning, type Check, type Result } from './check.ts';

const oldestNode = '20.19.0';
/** Earlier versions can lose a reset of the write-ahead log if several processes share it. */
const oldestSqlite = '3.51.3';

export const environmentChecks: readonly Check[] = [
  { name: 'node', look: async () => node(process.versions.node) },
  { name: 'sqlite', look: sqlite },
  { name: 'python', look: ({ options }) => python(options.python) },
];

export const node = (version: string): Result =>
  atLeast(version, oldestNode)
    ? ok(version)
    : problem(`${version} is too old`, `Install Node ${oldestNode} or newer.`);

/** If SQLite cannot be loaded, the message is the one that every command prints. */
async function sqlite(): Promise<Result> {
  const database = openSqlite(':memory:');
  const version = String(database.prepare('SELECT sqlite_version()').pluck().get());
  database.close();
  return atLeast(version, oldestSqlite)
    ? ok(`${version} (${sqliteDriver})`)
    : problem(`${version} can lose writes of several processes`, sqliteMend());
}

/** Only Python runners need it, so its absence is a warning. */
async function python(program: string): Promise<Result> {
  try {
    const { stdout, stderr } = await execa(program, ['--version'], {
      stdin: 'ignore',
      timeout: 10_000,
    });
    return ok(`${stdout || stderr} (${program})`);
  } catch (error) {
    const why = errnoOf(error) === 'ENOENT' ? 'is not there' : 'does not start';
    return warning(`${program} ${why}`, 'Python runners need it; name another with --python.');
  }
}

/** Compares versions of numbers and dots. */
export function atLeast(version: string, least: string): boolean {
  const numbers = version.split('.').map(Number);
  for (const [at, wanted] of least.split('.').map(Number).entries()) {
    const found = numbers[at] ?? 0;
    if (found !== wanted) return found > wanted;
  }
  return true;
}
