import { start, type SweepPosition, type Swept } from '../../src/core/ports/jobs/retention.ts';

/** All portions of a sweep, one after the other, for a portion ends by time: how much was dropped. */
export async function swept(portion: (from: SweepPosition) => Promise<Swept>): Promise<number> {
  let dropped = 0;
  for (let from: SweepPosition | undefined = start; from !== undefined;) {
    const portioned: Swept = await portion(from);
    dropped += portioned.dropped;
    from = portioned.next;
  }
  return dropped;
}
