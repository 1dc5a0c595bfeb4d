/** A tier of the spine, best first: where its rows lie and what marks them. */
export const tiers = [
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
] as const;

export type TierLabel = (typeof tiers)[number]['label'];

export const tierLabels: readonly TierLabel[] = tiers.map((tier) => tier.label);

export const acousticBrainzTable = 'features_external_acousticbrainz_v1';
