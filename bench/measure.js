import { rm } from 'node:fs/promises';
import { missingPrograms } from './peers/programs.js';
import { median } from './statistics.js';

/**
 * Every subject once a round, each round in another order, so that what else the machine does hits all alike.
 * The value of a goal with a peer is the median of the rounds' ratios; of one without, the median.
 */
export async function measurePoint(point, { room, sizes, rounds, smoke, onStep }) {
  const facts = { name: point.name, what: point.what, bound: point.bound };
  const missing = missingPrograms(point.needs ?? []);
  if (missing !== undefined) return { ...facts, skipped: missing };
  const used = { ...point.sizes, ...(smoke && point.smoke), ...sizes[point.name] };
  const dir = room.dir(point.name);
  try {
    const values = await measureRounds(
      point,
      used,
      dir,
      smoke ? 1 : (rounds ?? point.rounds ?? 5),
      onStep,
    );
    const figures = Object.entries(values).map(([subject, list]) => figureOf(point, subject, list));
    const goals = smoke ? [] : point.goals.map((goal) => judge(goal, values));
    return { ...facts, sizes: used, figures, goals: goals.filter((goal) => goal !== undefined) };
  } catch (error) {
    if (error.skip) return { ...facts, skipped: error.message };
    return { ...facts, failure: String(error.stack ?? error) };
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A point throws it where this machine or this build cannot be measured; the table says why. */
export function skip(reason) {
  return Object.assign(new Error(reason), { skip: true });
}

async function measureRounds(point, sizes, dir, rounds, onStep) {
  onStep({ round: 0, rounds, subject: 'getting ready' });
  const clearing = [];
  try {
    const defer = (work) => clearing.push(work);
    const subjects = await point.setUp({ sizes, dir, defer });
    return await alternate(subjects, rounds, onStep);
  } finally {
    for (const work of clearing.reverse()) await work();
  }
}

async function alternate(subjects, rounds, onStep) {
  const names = Object.keys(subjects);
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (let turn = 0; turn < names.length; turn += 1) {
      const subject = names[(turn + round) % names.length];
      onStep({ round: round + 1, rounds, subject });
      values[subject].push(await subjects[subject]());
    }
  return values;
}

function figureOf({ unit }, subject, values) {
  return {
    subject,
    unit: typeof unit === 'string' ? unit : unit[subject],
    median: median(values),
    values,
  };
}

/** Undefined where a subject was left out. */
function judge(goal, values) {
  const { of = 'cab', times, atLeast, atMost } = goal;
  if (values[of] === undefined || (times !== undefined && values[times] === undefined))
    return undefined;
  const each =
    times === undefined
      ? values[of]
      : values[of].map((value, round) => value / values[times][round]);
  const value = median(each);
  const met = atLeast === undefined ? value <= atMost : value >= atLeast;
  return { ...goal, of, value, met };
}
