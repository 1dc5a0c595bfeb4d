/** What some machines have and some jobs need, such as `gpu`. */
import * as z from 'zod/mini';

export const labelSchema = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
      'expected letters, digits, ".", "_" and "-", at most 63',
    ),
  );

/** Of one job, or of one worker. */
export const mostLabels = 32;

/** Each once, in one order, so that equal needs are equal texts; undefined for none. */
export const labelsOf = (labels: readonly string[] | undefined): readonly string[] | undefined =>
  labels === undefined || labels.length === 0 ? undefined : [...new Set(labels)].sort();
