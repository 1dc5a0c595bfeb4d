/**
 * The places of the latest results of tracks. Tracks come one after another, each with its latest result first. A result leaves
 * the last `keepLast` places when the result that many places later has ended.
 */
export class PlacesOfTrack {
  readonly #keepLast: number;
  #track: string | undefined;
  #ends: string[] = [];

  constructor(keepLast: number) {
    this.#keepLast = keepLast;
  }

  /** @param at when the result ended */
  take(track_id: string, at: string): { rank: number; left_at: string | null } {
    if (track_id !== this.#track) [this.#track, this.#ends] = [track_id, []];
    const rank = this.#ends.push(at);
    return { rank, left_at: this.#ends[rank - 1 - this.#keepLast] ?? null };
  }
}
