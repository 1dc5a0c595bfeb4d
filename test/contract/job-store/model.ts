import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Owner, RunningJob } from '../../../src/core/model/job/job.ts';
import type { ClaimScope, Settlement } from '../../../src/core/ports/jobs/job-queue.ts';
import type { JobStore } from '../../../src/core/ports/jobs/job-store.ts';
import type { QueueFixture } from '../job-store.ts';
import { failure, newJob, owner, resultOf, scopeOf } from '../../helpers/jobs.ts';
import { QueueModel } from './queue-model.ts';

/** The queue, and who works on it: three processes, each started anew under another pid when it is killed. */
interface Real {
  readonly queue: QueueFixture;
  readonly processes: Owner[];
  /** All that was ever claimed, by whom; a worker may hold what is no longer its own. */
  readonly held: { readonly job: RunningJob; readonly by: Owner }[];
}
type Step = fc.AsyncCommand<QueueModel, Real>;

const who = fc.nat({ max: 2 });
const pick = fc.nat({ max: 999 });

/** Odd processes hold the file by its second handle. */
const storeOf = ({ queue }: Real, process: number): JobStore =>
  process % 2 === 0 ? queue.first : queue.second;
const processOf = ({ processes }: Real, process: number): Owner => {
  const found = processes[process];
  if (found === undefined) throw new Error(`no process ${process}`);
  return found;
};

/** Runs a step on both, and compares all that can be seen of either. */
const step = (name: string, run: (model: QueueModel, real: Real) => Promise<void>): Step => ({
  check: () => true,
  toString: () => name,
  run: async (model, real) => {
    await run(model, real);
    await compare(model, real);
  },
});

async function compare(model: QueueModel, { queue }: Real): Promise<void> {
  const jobs = await queue.second.list({ limit: 1_000 });
  const seen = jobs.toReversed().map((job) => ({
    id: job.id,
    state: job.state,
    attempts: job.attempts,
    crashes: job.crashes,
    ...(job.state === 'running' && {
      epoch: job.epoch,
      owner: job.owner,
      cancelRequested: job.cancel_requested,
    }),
  }));
  const wanted = model.jobs.map(
    ({ id, state, attempts, crashes, epoch, owner, cancelRequested }) => ({
      id,
      state,
      attempts,
      crashes,
      ...(state === 'running' && { epoch, owner, cancelRequested }),
    }),
  );
  expect(seen).toEqual(wanted);
  expect(await queue.first.counts()).toEqual(model.counts());
  const ids = seen.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort());
  const running = model.jobs.filter(({ state }) => state === 'running');
  expect(new Set(running.map(({ key }) => key)).size).toBe(running.length);
}

const submissions = fc
  .tuple(
    who,
    fc.array(
      fc.record({ key: fc.nat({ max: 4 }), priority: fc.nat({ max: 1 }), kept: fc.boolean() }),
      { minLength: 1, maxLength: 4 },
    ),
  )
  .map(([process, jobs]) =>
    step(`submit(${process}, ${JSON.stringify(jobs)})`, async (model, real) => {
      const self = processOf(real, process);
      const accepted = await storeOf(real, process).submit(
        jobs.map(({ key, priority, kept }) =>
          newJob(`k${key}`, { priority, submitter: kept ? self : null }),
        ),
      );
      accepted.forEach(({ id, spec, priority }, index) => {
        const submitter = jobs[index]?.kept === true ? self : null;
        model.submit({ id, key: spec.key.config_hash, priority, submitter });
      });
    }),
  );

const claims = fc
  .tuple(who, fc.constantFrom<ClaimScope['reach']>('all', 'own', 'adopt'), fc.nat({ max: 3 }))
  .map(([process, reach, limit]) =>
    step(`claim(${process}, ${reach}, ${limit})`, async (model, real) => {
      const by = processOf(real, process);
      const scope = scopeOf(by, { reach, lease_ms: 1_000 });
      const store = storeOf(real, process);
      const claimed = await store.claim(scope, limit);
      const wanted = model.claim(scope, limit);
      expect(claimed.map(({ id, epoch }) => [id, epoch])).toEqual(
        wanted.map(({ id, epoch }) => [id, epoch]),
      );
      real.held.push(...claimed.map((job) => ({ job, by })));
      expect(await store.nextDue(scope)).toBe(model.nextDue(scope));
    }),
  );

const settlements = fc.constantFrom<Settlement>(
  { state: 'done', result: resultOf('k0'), cached: false },
  { state: 'error', failure, event: 'failed' },
  { state: 'canceled' },
  { state: 'release' },
  { state: 'retry', failure, delay_ms: 0 },
  { state: 'retry', failure, delay_ms: 400 },
);

/** A claim whose process still lives: the dead say nothing. */
function heldBy(model: QueueModel, real: Real, at: number): RunningJob | undefined {
  const living = real.held.filter(({ by }) => !model.isDead(by));
  return living[at % Math.max(1, living.length)]?.job;
}

const settles = fc.tuple(pick, settlements).map(([at, settlement]) =>
  step(`settle(${at}, ${settlement.state})`, async (model, real) => {
    const job = heldBy(model, real, at);
    if (job === undefined) return;
    const owned = model.owns(job.id, job.epoch);
    expect(await real.queue.first.settle(job, settlement)).toBe(owned !== undefined);
    if (owned !== undefined) model.settle(owned, settlement);
  }),
);

const heartbeats = pick.map((at) =>
  step(`heartbeat(${at})`, async (model, real) => {
    const job = heldBy(model, real, at);
    if (job === undefined) return;
    const owned = model.owns(job.id, job.epoch);
    const wanted = owned === undefined ? 'lost' : owned.cancelRequested ? 'cancel' : 'held';
    expect(await real.queue.second.heartbeat(job, 1_000)).toBe(wanted);
    if (owned !== undefined) owned.lease = model.now + 1_000;
  }),
);

const cancels = pick.map((at) =>
  step(`cancel(${at})`, async (model, real) => {
    const job = model.jobs[at % Math.max(1, model.jobs.length)];
    if (job === undefined) return;
    model.cancel(job);
    expect(await real.queue.first.cancel(job.id)).toMatchObject({ id: job.id, state: job.state });
  }),
);

const reaps = fc.constant(
  step('reap', async (model, real) => {
    const reaped = await real.queue.second.reap();
    expect(reaped.map(({ id }) => id).toSorted()).toEqual(model.reap().toSorted());
  }),
);

const kills = who.map((process) =>
  step(`kill(${process})`, async (model, real) => {
    const victim = processOf(real, process);
    model.kill(victim);
    real.queue.kill(victim);
    real.processes[process] = owner(victim.pid + 10);
  }),
);

const passing = fc
  .tuple(
    fc.constantFrom(0, 1, 399, 400, 600, 1_000),
    fc.integer({ min: -100_000_000, max: 100_000_000 }),
  )
  .map(([ms, jump]) =>
    step(`pass(${ms}, ${jump})`, async (model, real) => {
      real.queue.clock.pass(ms);
      real.queue.clock.jump(jump);
      model.now += ms;
    }),
  );

/** Every JobStore does as the model does, whatever several processes do to it in whatever order. */
export function describeModel(name: string, make: () => Promise<QueueFixture>, numRuns = 60): void {
  it(`${name} does as the model does, whatever several processes do to it in whatever order`, async () => {
    await fc.assert(
      fc.asyncProperty(sequences, async (commands) => {
        const queue = await make();
        try {
          const setup = () => ({
            model: new QueueModel(),
            real: { queue, processes: [owner(1), owner(2), owner(3)], held: [] },
          });
          await fc.asyncModelRun(setup, commands);
        } finally {
          await queue.close();
        }
      }),
      { numRuns },
    );
  });
}

const sequences = fc.commands(
  [submissions, claims, settles, heartbeats, cancels, reaps, kills, passing, claims, settles],
  { maxCommands: 60, size: '+1' },
);
