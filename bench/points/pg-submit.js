import { openSharedQueue, rateOf } from '../fixtures/shared-queue.js';
import { peerPackage } from '../peers/packages.js';
import { bareQueue, freshDatabase } from '../peers/postgres.js';

export default {
  name: 'pg-submit',
  what: 'jobs handed in one at a time by 16 callers, each with its event, every answer after a commit',
  unit: '/s',
  goals: [
    { atLeast: 0.7, times: 'bare insert' },
    { atLeast: 1.5, times: 'pg-boss' },
    { atLeast: 2, times: 'graphile-worker' },
  ],
  bound: 'round trips of a transaction; callers of one process share one',
  sizes: { jobs: 2000, callers: 16 },
  smoke: { jobs: 40 },
  rounds: 3,
  takes: 30,

  async setUp(context) {
    const { sizes } = context;
    const { url, pool } = await freshDatabase(context);
    const queue = await openSharedQueue(context, url);
    const bare = await bareQueue(pool);
    const PgBoss = await peerPackage('pg-boss');
    const boss = new PgBoss({ connectionString: url, max: 16 });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue('q');
    context.defer(() => boss.stop({ graceful: false, wait: true }));
    const { makeWorkerUtils, Logger } = await peerPackage('graphile-worker');
    const utils = await makeWorkerUtils({
      connectionString: url,
      logger: new Logger(() => () => undefined),
    });
    await utils.migrate();
    context.defer(() => utils.release());
    const payload = { spec: queue.spec };
    let serial = 0;
    const rate = (call) => rateOf(sizes.jobs, sizes.callers, call);
    return {
      cab: () => rate(() => queue.submit()),
      'bare insert': () => rate(() => bare.insert(String((serial += 1)), queue.spec)),
      'pg-boss': () => rate(() => boss.send('q', payload)),
      'graphile-worker': () => rate(() => utils.addJob('noop', payload)),
    };
  },
};
