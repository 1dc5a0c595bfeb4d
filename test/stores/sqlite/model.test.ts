import { describeModel } from '../../contract/job-store/model.ts';
import { sqliteQueue } from '../../helpers/sqlite-queue.ts';

describeModel('SQLite', sqliteQueue);
