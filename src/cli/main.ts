/** Entry of the command line: finds the command or help, runs it, and sets the exit code. */
import { CabError, errnoOf } from '../core/model/errors.ts';
import { tellBrokenOutput } from './broken-output.ts';
import { findCommand, type CommandTable } from './command-table.ts';
import type { ExitCode } from './exit-codes.ts';
import { interruptible } from './interruption.ts';
import { asJsonFromTheStart } from './output-mode.ts';
import { startCheckThreads } from '../compose/threads/check-threads.ts';
import { openBroker } from '../compose/open-broker.ts';
import type { Package, Services } from './services.ts';

export async function main(
  argv: readonly string[],
  pack: Package,
  commands: CommandTable,
): Promise<void> {
  const cwd = workingDirectory();
  if (cwd === undefined) {
    process.exitCode = await tellNoDirectory(argv);
    return;
  }
  const services = worldOf(pack, cwd, commands);
  tellBrokenOutput(services);
  process.exitCode = await dispatch(argv, services, pack, commands);
  // After an interruption the process ends even if nobody reads the rest of stdout.
  if (process.exitCode === 130 && process.stdout.writableLength > 0) process.exit();
}

async function dispatch(
  argv: readonly string[],
  services: Services,
  pack: Package,
  commands: CommandTable,
): Promise<number> {
  const found = asksForHelp(argv) ? undefined : findCommand(commands, explainsCommand(argv));
  if (found === undefined) {
    const { withoutCommand } = await import('./without-command.ts');
    return withoutCommand(argv, services, pack, commands);
  }
  if (found.entry.checksEntries === true) startCheckThreads();
  const { default: Command } = await found.entry.load();
  return new Command(found.rest, services).execute();
}

/** Streams are created on first use: each costs time at the start, and few commands need all. */
const worldOf = ({ version, root }: Package, cwd: string, commands: CommandTable): Services => ({
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return process.stdout;
  },
  get stderr() {
    return process.stderr;
  },
  env: process.env,
  cwd,
  version,
  packageRoot: root,
  openBroker,
  placeOf: async (words) => (await import('./completion/place.ts')).placeOf(words, commands),
  interruption: interruptible((code) => process.exit(code)),
});

/** Undefined if it was deleted. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function tellNoDirectory(argv: readonly string[]): Promise<ExitCode> {
  const { report } = await import('./report.ts');
  const error = new CabError('usage', 'the working directory does not exist any more', {
    hint: 'Change to a directory that exists.',
  });
  const { stdout, stderr, env } = process;
  const json = asJsonFromTheStart(argv, env);
  return report(error, { services: { stdout, stderr, env }, json, flags: [] });
}

/** `cab explain … -- make app` is about a command, and so is a question to `cab run`. */
const explainsCommand = (argv: readonly string[]): readonly string[] =>
  argv[0] === 'explain' && argv.includes('--') ? ['run', '--dry-run', ...argv.slice(1)] : argv;

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}
