import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { cleanEnvironment, type CabOptions } from './cab.ts';
import { until } from './until.ts';

export interface WatchProcess {
  /** Resolves once it has told of an event of this name. */
  saw(event: string): Promise<unknown>;
  /** Interrupts it, and gives its exit code. */
  end(): Promise<number | null>;
}

/** `cab watch --json` in a process of its own, killed after the test. */
export function watchProcess(
  program: string,
  args: readonly string[],
  { cwd, env }: CabOptions,
): WatchProcess {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd,
    env: { ...cleanEnvironment(), ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const gone = once(child, 'exit');
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return {
    saw: (event) =>
      until(() => {
        if (child.exitCode !== null) throw new Error(`cab watch ended: ${said}`);
        return said.includes(`"event":"${event}"`);
      }),
    end: async () => {
      child.kill('SIGINT');
      await gone;
      return child.exitCode;
    },
  };
}
