import type { Services } from './services.ts';

/**
 * Whether JSON is wanted, as far as it is known before the command line is parsed. An error in the command
 * line must already be printed in the right form.
 */
export function asJsonFromTheStart(argv: readonly string[], env: Services['env']): boolean {
  const last = lastOf(argv, 'json');
  if (last !== undefined) return last === '--json';
  return ['1', 'true', 'yes', 'on'].includes((env['CAB_JSON'] ?? '').toLowerCase());
}

/** The same for colour. */
export const withoutColourFromTheStart = (argv: readonly string[]): boolean =>
  lastOf(argv, 'color') === '--no-color';

function lastOf(argv: readonly string[], name: string): string | undefined {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.findLast((flag) => flag === `--${name}` || flag === `--no-${name}`);
}
