/** What the last check of the whole root and the last garbage collection reported, as the root remembers it. */
import * as z from 'zod/mini';
import { gcReportSchema } from './gc-report.ts';
import {
  findingClasses,
  findingSchema,
  verifyReportSchema,
  type VerifyReport,
} from './verify-report.ts';

const count = z.int().check(z.nonnegative());

/** Findings that are remembered. All of them are counted. */
const mostFindings = 200;

const checkedSchema = z.extend(
  z.pick(verifyReportSchema, {
    ...{ sound: true, quick: true, entries: true, bytes: true, pointers: true, elapsed_s: true },
    ...{ notes: true },
  }),
  {
    /** The first 200. */
    findings: z.array(findingSchema),
  },
);

/** `.cab/last-verify.json` */
export const lastCheckSchema = z.object({
  ended_at: z.string(),
  /** The number of findings by class, including repaired ones. */
  counts: z.partialRecord(z.enum(findingClasses), count),
  /** Absent in a file of an older cab; null if it cannot be understood. */
  report: z.catch(z._default(z.nullable(checkedSchema), null), null),
});

/** `.cab/last-gc.json`. A dry run is not remembered. */
export const lastCollectionSchema = z.object({
  ended_at: z.string(),
  /** Without decisions. */
  report: gcReportSchema,
});

export type LastCheck = z.infer<typeof lastCheckSchema>;
export type LastCollection = z.infer<typeof lastCollectionSchema>;

export function lastCheckOf(report: VerifyReport, ended_at: string): LastCheck {
  const { sound, quick, entries, bytes, pointers, elapsed_s, notes, counts, findings } = report;
  return {
    ...{ ended_at, counts },
    report: {
      ...{ sound, quick, entries, bytes, pointers, elapsed_s, notes },
      findings: findings.slice(0, mostFindings),
    },
  };
}
