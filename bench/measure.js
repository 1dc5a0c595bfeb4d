import { missingPrograms } from './peers/programs.js';
import { Interrupted } from './room.js';
import { median } from './statistics.js';

/**
 * Every subject once a round, each round in another order, so that what else the machine does hits all alike.
 * The value of a goal with a peer is the median of the rounds' ratios; of one without, the median.
 */
export async function measurePoint(point, options) {
  const { name, what, bound = '' } = point;
  const missing = missingPrograms(point.needs ?? []);
  if (missing !== undefined) return { name, what, bound, skipped: missing };
  try {
    return { name, what, bound, ...(await measured(point, options)) };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    if (error instanceof Skipped) return { name, what, bound, skipped: error.message };
    return { name, what, bound, failure: shortened(error) };
  }
}

/** Thrown by `setUp` where this machine or this build cannot be measured; the table says why. */
export class Skipped extends Error {}

async function measured(point, { room, sizes: set, smoke, rounds, onStep }) {
  const sizes = { ...point.sizes, ...(smoke && point.smoke), ...set[point.name] };
  const notes = smoke ? [] : otherSizes(point, sizes);
  const clearing = [];
  const context = {
    sizes,
    dir: room.dir(point.name),
    shared: room.shared,
    defer: (work) => clearing.push(work),
    note: (text) => notes.push(text),
  };
  const times = smoke ? 1 : (rounds ?? point.rounds ?? 5);
  try {
    onStep({ round: 0, rounds: times, subject: 'getting ready' });
    const values = await Promise.race([
      alternate(point.setUp(context), times, onStep),
      room.interruption,
    ]);
    const figures = Object.entries(values).map((entry) => figureOf(point, ...entry));
    return {
      sizes,
      rounds: times,
      figures,
      goals: smoke ? [] : judged(point.goals, values),
      notes,
    };
  } finally {
    for (const work of clearing.reverse()) await work();
  }
}

/** A figure of other sizes than the goal was set for must not pass for one. */
function otherSizes({ name, sizes }, used) {
  return Object.entries(sizes)
    .filter(([size, value]) => used[size] !== value)
    .map(([size, value]) => `${name}: measured with ${size}=${used[size]} in place of ${value}`);
}

async function alternate(making, rounds, onStep) {
  const subjects = await making;
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

/** What a program printed may be long: its first words and its last. */
function shortened(error) {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return text.length <= 1500 ? text : `${text.slice(0, 750)}\n…\n${text.slice(-750)}`;
}

function figureOf({ unit }, subject, values) {
  return {
    subject,
    unit: typeof unit === 'string' ? unit : unit[subject],
    median: median(values),
    values,
  };
}

/** Goals of subjects that were left out, for want of their program say, are left out too. */
function judged(goals, values) {
  return goals
    .filter(({ of = 'cab', times = of }) => values[of] !== undefined && values[times] !== undefined)
    .map((goal) => judge(goal, values));
}

function judge(goal, values) {
  const { of = 'cab', times, atLeast, atMost } = goal;
  const own = values[of];
  const value = median(
    times === undefined ? own : own.map((one, round) => one / values[times][round]),
  );
  const met = atLeast === undefined ? value <= atMost : value >= atLeast;
  return { ...goal, of, value, met };
}
