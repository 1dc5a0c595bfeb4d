import { sourceHash } from '../../compose/input.ts';
import type { InputFormat } from '../../core/model/runner/runner-identity.ts';
import type { Config } from '../settings/config.ts';
import { runner } from '../settings/flags.ts';
import type { Input } from './inputs.ts';

/** Hashes inputs as the chosen runner reads them. Throws runner_not_found, runner_invalid. */
export async function sourceHasher(
  settings: Config,
  cwd: string,
): Promise<(input: Input) => Promise<string>> {
  const format = await chosenFormat(settings, cwd);
  return (input) => sourceHash(input, format);
}

/** `any` if the user chose no runner. */
async function chosenFormat(settings: Config, cwd: string): Promise<InputFormat> {
  if (settings.source(runner.runner) === 'default') return 'any';
  const { resolveRunner } = await import('../../compose/resolve-runner.ts');
  const python = settings.get(runner.python);
  const chosen = resolveRunner(settings.get(runner.runner), { cwd, python });
  try {
    return (await chosen.identify()).inputFormat ?? 'any';
  } finally {
    await chosen.close();
  }
}
