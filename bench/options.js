import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

const help = `npm run bench -- [options]

  --only A,B        these points alone (names: --list)
  --rounds N        rounds of each point; each subject is measured once a round, in turn
  --set POINT.SIZE=N  another size: --set get-4k.seconds=10; repeatable
  --smoke           small sizes, one round: numbers only
  --dir DIR         where roots and databases are made; a real disk [default: ${tmpdir()}]
  --json FILE       all figures of all rounds, as JSON
  --from FILE       measures nothing: what --json wrote is shown again
  --markdown        writes the table into docs/explanation/performance.md
  --growth          what submit, claim, a pointer's read, verify and gc cost as the root grows,
                    1 to 1000 times; draws docs/explanation/growth.svg
  --list            names the points and what they measure
`;

const flags = {
  only: { type: 'string' },
  rounds: { type: 'string' },
  set: { type: 'string', multiple: true, default: [] },
  smoke: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
  json: { type: 'string' },
  from: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  growth: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/** Ends the process where the arguments are wrong, or ask for help. */
export function readOptions(args) {
  try {
    const { values } = parseArgs({ args, options: flags });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    return {
      ...values,
      only: values.only?.split(','),
      rounds: values.rounds === undefined ? undefined : wholeNumber('--rounds', values.rounds),
      sizes: sizesOf(values.set),
    };
  } catch (error) {
    if (!(error instanceof TypeError) && !(error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n\n${help}`);
    process.exit(2);
  }
}

/** `get-4k.seconds=10` → { 'get-4k': { seconds: 10 } } */
function sizesOf(settings) {
  const sizes = {};
  for (const setting of settings) {
    const [, point, size, value] = /^([\w-]+)\.(\w+)=(.+)$/.exec(setting) ?? [];
    if (point === undefined)
      throw new RangeError(`--set ${setting}: expected POINT.SIZE=N, as in get-4k.seconds=10`);
    sizes[point] = { ...sizes[point], [size]: wholeNumber(`--set ${point}.${size}`, value) };
  }
  return sizes;
}

function wholeNumber(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new RangeError(`${name}: expected a whole number from 1, got ${JSON.stringify(text)}`);
  return number;
}
