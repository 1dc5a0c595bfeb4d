import { probeQueue as probe, type QueueProbe } from '../../stores/postgres/probe-queue.ts';
import type { QueueChoice } from '../stores/store-choice.ts';

/** Whether a queue can be used. @throws CabError usage, queue_unreachable, queue_refused, queue_too_new */
export const probeQueue = ({ url }: QueueChoice): Promise<QueueProbe> => probe(url);
