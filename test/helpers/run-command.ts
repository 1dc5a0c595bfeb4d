import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { findCommand } from '../../src/cli/command-table.ts';
import { placeOf } from '../../src/cli/completion/place.ts';
import { commandTable } from '../../src/commands/index.ts';
import type { Services } from '../../src/cli/services.ts';
import { brokerOnRoot } from '../../src/compose/stores/broker-on-root.ts';
import { ScriptedRunner } from './scripted-runner.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Every line of stdout as JSON. */
  readonly json: unknown[];
}

export interface Surroundings {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Does the work of the jobs that the command runs. */
  readonly runner?: ScriptedRunner;
  readonly signal?: AbortSignal;
  /** Whether what it writes goes to a terminal. */
  readonly isTerminal?: boolean;
  /** Told all that stdout holds, whenever something is written to it. */
  readonly onStdout?: (text: string) => void;
  /** Where the command is to find a broker, if not one with the scripted runner. */
  readonly openBroker?: Services['openBroker'];
}

/** Runs a command within this process, on a real broker whose runner is scripted. */
export async function runCommand(argv: string[], surroundings: Surroundings): Promise<Ran> {
  const found = findCommand(commandTable, argv);
  if (found === undefined) throw new Error(`no command in ${argv.join(' ')}`);
  const { isTerminal = false } = surroundings;
  const stdout = Object.assign(new Sink(surroundings.onStdout), { isTTY: isTerminal });
  const stderr = Object.assign(new Sink(), { isTTY: isTerminal });
  const { default: Command } = await found.entry.load();
  const code = await new Command(found.rest, servicesOf(surroundings, stdout, stderr)).execute();
  const lines = stdout.text.split('\n').filter((line) => line !== '');
  return {
    code,
    stdout: stdout.text,
    stderr: stderr.text,
    get json() {
      return lines.map((line): unknown => JSON.parse(line));
    },
  };
}

function servicesOf(
  { cwd, env = {}, input, runner = new ScriptedRunner(), signal, openBroker }: Surroundings,
  stdout: Sink,
  stderr: Sink,
): Services {
  return {
    stdin: input === undefined ? new PassThrough() : Readable.from([Buffer.from(input)]),
    stdout,
    stderr,
    env,
    cwd,
    version: '0.0.0',
    packageRoot: join(import.meta.dirname, '../..'),
    placeOf: (words) => placeOf(words, commandTable),
    interruption: () => signal ?? new AbortController().signal,
    openBroker: openBroker ?? scripted(runner),
  };
}

const scripted =
  (runner: ScriptedRunner): Services['openBroker'] =>
  async ({ part, ...options }) => {
    const broker = brokerOnRoot({
      ...options,
      runner: 'object:scripted',
      objects: { scripted: runner },
      work: part === 'working' ? 'own' : part === 'adopting' ? 'adopt' : 'none',
      resolveRunner: (spec) => {
        throw new Error(`no runner ${spec} here`);
      },
    });
    return { broker, isRemote: false, stop: () => broker.stop() };
  };

class Sink extends Writable {
  text = '';
  readonly #written: (text: string) => void;

  constructor(written: (text: string) => void = () => undefined) {
    super();
    this.#written = written;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString('utf8');
    this.#written(this.text);
    done();
  }
}
