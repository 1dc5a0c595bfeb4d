/** A result of the Historical Echo runner, as far as the page draws it. */

import * as is from '../../../data/shape.ts';

export const axes = ['tempo', 'energy', 'valence', 'loudness'] as const;
export type Axis = (typeof axes)[number];

export const axisNames: Readonly<Record<Axis, string>> = {
  tempo: 'tempo, BPM',
  energy: 'energy',
  valence: 'valence',
  loudness: 'loudness, LUFS',
};

const axisShape = {
  tempo: is.number,
  energy: is.number,
  valence: is.number,
  loudness: is.number,
};

const neighbourShape = is.object({
  ...axisShape,
  year: is.number,
  artist: is.string,
  title: is.string,
  distance: is.number,
  tier: is.lenient(is.string),
});
export type Neighbour = is.Of<typeof neighbourShape>;

/** Null for a result of another form. */
export const echoShape = is.lenient(
  is.object({ wip_features: is.object(axisShape), neighbors: is.list(neighbourShape) }),
);
export type Echo = NonNullable<is.Of<typeof echoShape>>;

export const isAxis = (name: string): name is Axis => axes.some((axis) => axis === name);

/** Bounds that have the probe in the middle, and every neighbour within. */
export function centred(echo: Echo, axis: Axis): [least: number, most: number] {
  const middle = echo.wip_features[axis];
  const reach = Math.max(...echo.neighbors.map((each) => Math.abs(each[axis] - middle)), 1e-6);
  return [middle - reach * 1.12, middle + reach * 1.12];
}

/** How many neighbours each year has, from the first year to the last. */
export function yearCounts({ neighbors }: Echo): { years: number[]; counts: number[] } {
  const all = neighbors.map(({ year }) => year);
  if (all.length === 0) return { years: [], counts: [] };
  const first = Math.min(...all);
  const years = Array.from(
    { length: Math.min(200, Math.max(...all) - first + 1) },
    (_, n) => first + n,
  );
  return { years, counts: years.map((year) => all.filter((each) => each === year).length) };
}
