// What scripts/mutate.js adds to Stryker: a sample of the mutants, and a report of those that no test noticed.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const placeOf = ({ fileName, location: { start } }) =>
  `${relative('', fileName)}:${start.line}:${start.column}`;

/**
 * Lets a sample through: the mutants whose hash with the seed is least. Stryker has no word for a mutant that is left out, so
 * the others count as "cannot be compiled", which no score contains.
 */
class Sample {
  static inject = ['options'];
  #wish;

  constructor(options) {
    this.#wish = options.sample;
  }

  async init() {}

  /** All mutants come in one call, so that the choice can be made here: the group that is chosen, and the rest. */
  async group(mutants) {
    const rank = ({ mutatorName, replacement, ...mutant }) =>
      createHash('sha256')
        .update(JSON.stringify([this.#wish.seed, placeOf(mutant), mutatorName, replacement]))
        .digest('hex');
    const ranked = mutants
      .map((mutant) => ({ id: mutant.id, rank: rank(mutant) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .map(({ id }) => id);
    this.#chosen = new Set(ranked.slice(0, this.#wish.size));
    return [ranked];
  }
  #chosen = new Set();

  async check(mutants) {
    return Object.fromEntries(
      mutants.map(({ id }) => [
        id,
        this.#chosen.has(id)
          ? { status: 'passed' }
          : { status: 'compileError', reason: 'not in the sample' },
      ]),
    );
  }
}

const unnoticed = { Survived: 'survived', NoCoverage: 'no test reaches' };

/** Prints each mutant that no test noticed as soon as it is known, a dot for each other one, and the figures at the end. */
class Report {
  #counts = { Killed: 0, Timeout: 0, Survived: 0, NoCoverage: 0 };

  onMutantTested(mutant) {
    if (mutant.status === 'CompileError') return;
    this.#counts[mutant.status] = (this.#counts[mutant.status] ?? 0) + 1;
    if (!(mutant.status in unnoticed)) process.stdout.write('.');
    else
      console.log(
        `\n${unnoticed[mutant.status]}: ${placeOf(mutant)} ${mutant.mutatorName}\n- ${originalOf(mutant)}\n+ ${mutant.replacement}`,
      );
  }

  wrapUp() {
    const { Killed, Timeout, Survived, NoCoverage, ...others } = this.#counts;
    const tried = Killed + Timeout + Survived + NoCoverage;
    const score = tried === 0 ? 0 : (100 * (Killed + Timeout)) / tried;
    console.log(
      `\n${tried} mutants: ${Killed} killed, ${Timeout} timed out, ${Survived} survived, ${NoCoverage} reached by no test. Score ${score.toFixed(0)} %.`,
      ...Object.entries(others).map(([status, count]) => `${count} ${status}.`),
    );
  }
}

/** The source that a mutant replaces. */
function originalOf({ fileName, location: { start, end } }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines.push(lines.pop().slice(0, end.column - 1));
  return [lines[0].slice(start.column - 1), ...lines.slice(1)].join('\n');
}

export const strykerPlugins = [
  { kind: 'Checker', name: 'sample', injectableClass: Sample },
  { kind: 'Reporter', name: 'unnoticed', injectableClass: Report },
];
