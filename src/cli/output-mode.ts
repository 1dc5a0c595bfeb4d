import type { Services } from './services.ts';

/**
 * Whether JSON was asked for, as far as it can be known before the command line is understood: an error in it
 * must already come out in the right form.
 */
export function asJsonFromTheStart(argv: readonly string[], env: Services['env']): boolean {
  const last = lastOf(argv, 'json');
  if (last !== undefined) return last === '--json';
  return ['1', 'true', 'yes', 'on'].includes((env['CAB_JSON'] ?? '').toLowerCase());
}

/** So it is with colour. */
export const withoutColourFromTheStart = (argv: readonly string[]): boolean =>
  lastOf(argv, 'color') === '--no-color';

function lastOf(argv: readonly string[], name: string): string | undefined {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.findLast((flag) => flag === `--${name}` || flag === `--no-${name}`);
}
