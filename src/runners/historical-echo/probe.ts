import { findings } from './artifact/artifact.ts';
import type { ArtifactValue } from './artifact/artifact-json.ts';
import type { SongFeatures } from './features.ts';
import { nearestNeighbors } from './nearest.ts';
import type { ProbeArguments } from './probe-arguments.ts';
import type { Spine } from './spine/spine.ts';

/** Compares one song with a spine that was read for these arguments. */
export function probeSpine(
  features: SongFeatures,
  spine: Spine,
  probe: ProbeArguments,
): Record<string, ArtifactValue> {
  const neighbors = nearestNeighbors(
    spine,
    [
      spine.score(0, features.tempo),
      spine.score(1, features.valence),
      spine.score(2, features.energy),
      spine.score(3, features.loudness),
    ],
    tempoWeight(features, probe),
    probe.top_k,
  );
  return findings(features, spine, neighbors);
}

function tempoWeight(features: SongFeatures, probe: ProbeArguments): number {
  const confidence = features.tempo_confidence_score;
  const doubtful = confidence !== null && confidence < probe.tempo_confidence_threshold;
  return probe.use_tempo_confidence && doubtful ? probe.tempo_weight_low : 1;
}
