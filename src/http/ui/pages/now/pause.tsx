import { pauseQueue, type Queue } from '../../data/queue.ts';
import { mayWrite } from '../../data/session.ts';
import { Deed } from '../../parts/deed.tsx';

/** Stops and starts the taking of jobs. Not there for a token that may only read. */
export function Pause({ queue: { paused }, reload }: { queue: Queue; reload: () => void }) {
  if (!mayWrite()) return null;
  return <Deed name={paused ? 'Resume' : 'Pause'} work={() => pauseQueue(!paused)} done={reload} />;
}
