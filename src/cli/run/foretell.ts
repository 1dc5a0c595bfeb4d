import type { OpenedCommand } from './open-command.ts';
import { missText } from './summary.ts';

/** What `cab run --dry-run` prints. */
export interface Foretold {
  readonly document: {
    readonly hit: boolean;
    readonly why: string | null;
    /** From the run before; empty if there is none. */
    readonly differences: readonly string[];
    /** Relative to the project root. */
    readonly inputs: readonly string[];
  };
  readonly text: string;
}

export async function foretell(command: OpenedCommand, signal: AbortSignal): Promise<Foretold> {
  const hit = await command.isHit(signal);
  const known = hit ? [] : await command.differencesFrom(await command.before());
  const why = hit ? null : missText(known);
  const lines = known === undefined || known.length === 0 ? [why] : known;
  return {
    document: {
      hit,
      why,
      differences: known ?? [],
      inputs: command.inputs.map(({ path }) => path),
    },
    text: hit ? 'hit' : ['miss', ...lines.map((line) => `  ${line}`)].join('\n'),
  };
}
