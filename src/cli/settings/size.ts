const units: Readonly<Record<string, number>> = Object.fromEntries(
  ['k', 'm', 'g', 't', 'p'].flatMap((letter, at) => [
    [letter, 1000 ** (at + 1)],
    [`${letter}b`, 1000 ** (at + 1)],
    [`${letter}ib`, 1024 ** (at + 1)],
  ]),
);

/** Bytes of `20GB` (thousands), `512MiB` (1024s) or a plain number; undefined where it is none. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = ['', 'b'].includes(unit.toLowerCase()) ? 1 : units[unit.toLowerCase()];
  const bytes = Math.floor(Number(amount) * (factor ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
