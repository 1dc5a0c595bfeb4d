import type { InputFormat } from '../../core/model/runner-identity.ts';
import type { Config } from '../settings/config.ts';
import { runner } from '../settings/flags.ts';

/** How the runner that the user chose reads its input; `any` if the user chose none. Throws runner_not_found, runner_invalid. */
export async function chosenFormat(settings: Config, cwd: string): Promise<InputFormat> {
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
