import { findings } from './artifact/artifact.ts';
import type { ArtifactValue } from './artifact/artifact-json.ts';
import type { SongFeatures } from './features.ts';
import type { ColumnsFile } from './columns/columns-file.ts';
import { nearestInColumns } from './columns/nearest.ts';
import { nearestNeighbors, type SongScores } from './nearest.ts';
import type { ProbeArguments } from './probe-arguments.ts';
import { scoreBy } from './spine/scale.ts';
import type { Spine } from './spine/spine.ts';

/** Compares one song with a spine that was read for these arguments. */
export function probeSpine(
  features: SongFeatures,
  spine: Spine,
  probe: ProbeArguments,
): Record<string, ArtifactValue> {
  const neighbors = nearestNeighbors(
    spine,
    scoresOf(features, spine.score),
    tempoWeight(features, probe),
    probe.top_k,
  );
  return findings(features, spine, neighbors);
}

/**
 * The same from a file of columns. Undefined if it must look at more songs than `mostSongs`, or if the song's scores
 * are not finite, because then bounds do not hold. @throws ColumnsDamaged
 */
export function probeColumns(
  features: SongFeatures,
  file: ColumnsFile,
  probe: ProbeArguments,
  mostSongs: number,
): Record<string, ArtifactValue> | undefined {
  const { index } = file;
  const scores = scoresOf(features, scoreBy(index));
  if (index.meta.totalRows > 0 && !scores.every(Number.isFinite)) return undefined;
  const weight = tempoWeight(features, probe);
  const search = { scores, tempoWeight: weight, count: probe.top_k, mostSongs };
  const neighbors = nearestInColumns(file, search);
  return neighbors && findings(features, index.meta, neighbors);
}

const scoresOf = (features: SongFeatures, score: Spine['score']): SongScores => [
  score(0, features.tempo),
  score(1, features.valence),
  score(2, features.energy),
  score(3, features.loudness),
];

function tempoWeight(features: SongFeatures, probe: ProbeArguments): number {
  const confidence = features.tempo_confidence_score;
  const doubtful = confidence !== null && confidence < probe.tempo_confidence_threshold;
  return probe.use_tempo_confidence && doubtful ? probe.tempo_weight_low : 1;
}
