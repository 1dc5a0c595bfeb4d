import { execFile } from 'node:child_process';
import { join } from 'node:path';

export const program = join(import.meta.dirname, '../../bin/run.js');

export interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CabOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** In place of the built one of the checkout. */
  readonly program?: string;
}

/** Runs the built command line in a process of its own, and waits for its end, whatever that is. */
export function cab(args: readonly string[], options: CabOptions = {}): Promise<Ended> {
  const { cwd, env, input, program: started = program } = options;
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [started, ...args],
      { cwd, env: { ...cleanEnvironment(), ...env }, encoding: 'utf8', maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code === 'string')
          reject(new Error('cab could not be started', { cause: error }));
        else resolve({ stdout, stderr, code: child.exitCode, signal: child.signalCode });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

/** The suite's own surroundings must not set flags of the commands under test. */
export const cleanEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^CAB_|^NO_COLOR$|^FORCE_COLOR$/.test(name)),
  );
