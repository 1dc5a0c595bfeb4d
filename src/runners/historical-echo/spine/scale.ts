/** Mean and standard deviation of each axis, in the order of `TierSongs.axes`; NaN if there are no songs. */
export interface Scale {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** Z-scores on the axes of a scale; 0 if the songs do not differ. */
export const scoreBy =
  ({ means, deviations }: Scale) =>
  (axis: number, value: number): number => {
    const deviation = deviations[axis] ?? 0;
    return deviation === 0 ? 0 : (value - (means[axis] ?? 0)) / deviation;
  };
