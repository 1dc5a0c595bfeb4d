const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest time that a timer holds. */
const longest = 2_147_483_647;

/** Milliseconds of `30s`, `1.5h`, `1h30m` or plain seconds; undefined where it is none, is nothing, or longer than `most`. */
export function parseDuration(text: string, most = longest): number | undefined {
  const plain = /^\d+(\.\d+)?$/.test(text) ? `${text}s` : text;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(plain)) return undefined;
  let total = 0;
  for (const [, amount, unit] of plain.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(amount) * (units[unit ?? ''] ?? 0);
  return total > 0 && total <= most ? Math.round(total) : undefined;
}

/** As a user may write it: in the largest unit up to hours of which it is a whole number. */
export function durationText(ms: number): string {
  const unit = ['h', 'm', 's'].find((name) => ms % (units[name] ?? Infinity) === 0) ?? 'ms';
  return `${ms / (units[unit] ?? 1)}${unit}`;
}
