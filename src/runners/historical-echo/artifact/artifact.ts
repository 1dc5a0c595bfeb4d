import type { ArtifactValue } from './artifact-json.ts';
import { bandsOf } from './bands.ts';
import type { SongFeatures } from '../features.ts';
import type { Neighbor } from '../nearest.ts';
import type { Spine } from '../spine/spine.ts';
import { type TierLabel, tierLabels } from './tiers.ts';

type Counts = Pick<Spine, 'totalRows' | 'skippedNonNumeric'>;

/** The part of the artifact that depends on the song, the spine and the probe. */
export function findings(
  features: SongFeatures,
  spine: Counts,
  chosen: readonly Neighbor[],
): Record<string, ArtifactValue> {
  const neighbors = chosen.map((neighbor) => ({
    label: neighbor.tier.label,
    value: neighborValue(neighbor),
  }));
  const ofTier = (label: TierLabel) =>
    neighbors.filter((neighbor) => neighbor.label === label).map(({ value }) => value);
  const present = tierLabels.filter((label) => ofTier(label).length > 0);
  return {
    wip_features: { ...features },
    neighbors: neighbors.map(({ value }) => value),
    neighbors_by_tier: Object.fromEntries(present.map((label) => [label, ofTier(label)])),
    tier1_neighbors: ofTier('tier1_modern'),
    tier2_neighbors: ofTier('tier2_modern'),
    tier3_neighbors: ofTier('tier3_modern'),
    decade_counts: decadeCounts(chosen),
    ...(spine.totalRows > 0 && { neighbor_filter_notes: filterNotes(spine) }),
  };
}

function neighborValue({ tier, song, distance }: Neighbor) {
  const axis = (index: number): number => tier.axes[song * 4 + index] ?? NaN;
  const [tempo, valence, energy, loudness] = [axis(0), axis(1), axis(2), axis(3)];
  return {
    year: BigInt(tier.years[song] ?? 0),
    artist: tier.names.artist(song),
    title: tier.names.title(song),
    tempo,
    valence,
    energy,
    loudness,
    ...(tier.bands.get(song) ?? bandsOf(tempo, valence, energy)),
    distance,
    tier: tier.label,
    feature_source: tier.external[song] === 1 ? 'acousticbrainz' : 'essentia_local',
  };
}

function decadeCounts(chosen: readonly Neighbor[]): Record<string, bigint> {
  const counts: Record<string, bigint> = {};
  for (const { tier, song } of chosen) {
    const decade = decadeOf(tier.years[song] ?? 0);
    counts[decade] = (counts[decade] ?? 0n) + 1n;
  }
  return counts;
}

function decadeOf(year: number): string {
  if (year < 1985 || year > 2024) return 'other';
  const first = year - ((year - 1985) % 10);
  return `${first}–${first + 9}`;
}

/** A row without an axis is never read as a song, so that count is 0. It is there for readers that expect it. */
const filterNotes = (spine: Counts) => ({
  total_rows: BigInt(spine.totalRows),
  skipped_missing_axes: 0n,
  skipped_non_numeric: BigInt(spine.skippedNonNumeric),
});
