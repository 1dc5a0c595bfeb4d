import * as z from 'zod/mini';
import { CabError } from '../../core/model/errors.ts';
import type { JsonObject } from '../../core/model/job.ts';
import { type Tier, tiers } from './artifact/tiers.ts';

const text = z.string('expected a text').check(z.minLength(1, 'expected a text'));
const flag = z.boolean('expected true or false');
const number = z.number('expected a number');

function whole(least: number, most: number) {
  const expected = `expected a whole number from ${least} to ${most}`;
  return z.int(expected).check(z.minimum(least, expected), z.maximum(most, expected));
}

const nonNegative = 'expected a number from 0 on';

/** Strings are not read as numbers, because `10` and `"10"` would be the same search under two keys. */
const probeSchema = z.strictObject({
  table: z._default(text, 'spine_master_v1_lanes'),
  echo_tier: z._default(text, 'EchoTier_1_YearEnd_Top40'),
  year_min: z._default(whole(0, 9999), 1985),
  year_max: z._default(whole(0, 9999), 2020),
  top_k: z._default(whole(1, 10_000), 10),
  /** Tier labels, separated by commas. */
  tiers: z._default(z.nullable(z.string('expected a comma list of tiers, or null')), null),
  use_acousticbrainz_fallback: z._default(flag, false),
  /** Rows; 0 and null: no cap. */
  acousticbrainz_max_fallback: z._default(z.nullable(whole(0, 1_000_000_000)), null),
  use_tempo_confidence: z._default(flag, false),
  tempo_confidence_threshold: z._default(number, 0.4),
  tempo_weight_low: z._default(z.number(nonNegative).check(z.minimum(0, nonNegative)), 0.3),
});

export type ProbeArguments = z.infer<typeof probeSchema>;

/** All arguments, with defaults. @throws CabError probe_invalid, naming the argument */
export function parseProbe(probe: JsonObject): ProbeArguments {
  const parsed = probeSchema.safeParse(probe);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue?.code === 'unrecognized_keys') throw unknownArgument(issue.keys[0] ?? '');
  const field = ['probe', ...(issue?.path ?? [])].map(String).join('.');
  throw new CabError('probe_invalid', `${field}: ${issue?.message ?? 'not understood'}`, {
    details: { field },
  });
}

function unknownArgument(name: string): CabError {
  const known = Object.keys(probeSchema.shape);
  return new CabError('probe_invalid', `probe.${name}: unknown argument`, {
    hint: `Known arguments: ${known.join(', ')}.`,
    details: { field: `probe.${name}`, known },
  });
}

/** What a probe reads of a spine. Probes with equal queries share the rows that were read. */
export interface SpineQuery {
  /** Best tier first. */
  readonly searches: readonly Tier[];
  /** Years, both included. */
  readonly yearMin: number;
  readonly yearMax: number;
  /** Rows that may come from AcousticBrainz; null if the fallback is off, Infinity if it has no cap. */
  readonly fallbackRows: number | null;
}

export function spineQuery(probe: ProbeArguments): SpineQuery {
  const named = new Set((probe.tiers ?? '').split(',').map((name) => name.trim()));
  const known = tiers.filter((tier) => named.has(tier.label));
  const single: Tier = { label: 'tier1_modern', table: probe.table, echoTier: probe.echo_tier };
  return {
    searches: known.length > 0 ? known : [single],
    yearMin: probe.year_min,
    yearMax: probe.year_max,
    fallbackRows: probe.use_acousticbrainz_fallback
      ? probe.acousticbrainz_max_fallback || Infinity
      : null,
  };
}
