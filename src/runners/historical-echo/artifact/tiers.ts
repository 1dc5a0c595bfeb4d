/** A tier of the spine: the table of its rows, and the value that marks them. */
export interface Tier {
  readonly label: TierLabel;
  readonly table: string;
  readonly echoTier: string;
}

/** Best first. */
export const tierLabels = ['tier1_modern', 'tier2_modern', 'tier3_modern'] as const;

export type TierLabel = (typeof tierLabels)[number];

/** In the order of `tierLabels`. */
export const tiers: readonly Tier[] = [
  {
    label: 'tier1_modern',
    table: 'spine_master_v1_lanes',
    echoTier: 'EchoTier_1_YearEnd_Top40',
  },
  {
    label: 'tier2_modern',
    table: 'spine_master_tier2_modern_lanes_v1',
    echoTier: 'EchoTier_2_YearEnd_Top100_Modern',
  },
  {
    label: 'tier3_modern',
    table: 'spine_master_tier3_modern_lanes_v1',
    echoTier: 'EchoTier_3_YearEnd_Top200_Modern',
  },
];

export function tierOf(label: TierLabel): Tier {
  const tier = tiers.find((candidate) => candidate.label === label);
  if (tier === undefined) throw new RangeError(`no such tier: ${label}`);
  return tier;
}

export const acousticBrainzTable = 'features_external_acousticbrainz_v1';
