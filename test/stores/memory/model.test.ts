import { describeModel } from '../../contract/job-store/model.ts';
import { memoryQueue } from '../../helpers/memory-queue.ts';

describeModel('memory', memoryQueue);
