import { describeJobStore } from '../../contract/job-store.ts';
import { sqliteQueue } from '../../helpers/sqlite-queue.ts';

describeJobStore('SQLite', sqliteQueue);
