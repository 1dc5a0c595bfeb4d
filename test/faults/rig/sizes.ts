/**
 * How much a rig does: little in the test command, much under `npm run test:faults` (`CAB_FAULTS=long`), and what
 * `CAB_FAULTS_<NAME>` says before either.
 */
export function sizeOf(name: string, short: number, long: number): number {
  const said = process.env[`CAB_FAULTS_${name}`];
  if (said !== undefined) return Number(said);
  return isLong ? long : short;
}

export const isLong = process.env['CAB_FAULTS'] === 'long';

/** Another one each run, unless `CAB_FAULTS_SEED` repeats one; printed, so that it can. */
export function chooseSeed(rig: string): number {
  const seed = Number(process.env['CAB_FAULTS_SEED'] ?? Math.floor(Math.random() * 1e9));
  console.info(`${rig}: CAB_FAULTS_SEED=${seed}`);
  return seed;
}

/** In the short form so many of these, other ones with another seed; in the long form all of them. */
export function someOf<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  if (isLong) return all;
  const chosen = Array.from(
    { length: Math.min(count, all.length) },
    (_, n) => (seed + Math.floor((n * all.length) / count)) % all.length,
  );
  return all.filter((_, n) => chosen.includes(n));
}

/** Milliseconds that a test may take: the long form takes as long as it takes. */
export const longTimeout = isLong ? 3_600_000 : 180_000;
