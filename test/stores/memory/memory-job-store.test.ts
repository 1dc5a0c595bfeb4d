import { describeJobStore } from '../../contract/job-store.ts';
import { memoryQueue } from '../../helpers/memory-queue.ts';

describeJobStore('memory', memoryQueue);
