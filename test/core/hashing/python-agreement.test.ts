import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCabError } from '../../../src/core/model/errors.ts';
import { canonicalJson } from '../../../src/core/hashing/json/canonical-json.ts';
import { damagedText, jsonText } from './json-texts.ts';

/** Answers each line (base64 of a text) with the base64 of its canonical form, or with `refused`. */
const program = `
import base64, json, sys
if hasattr(sys, 'set_int_max_str_digits'): sys.set_int_max_str_digits(0)
def dump(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
def members(pairs):
    dump(pairs) # half a surrogate pair is refused, even in a member that a later one replaces
    return dict(pairs)
for line in sys.stdin:
    try:
        form = dump(json.loads(base64.b64decode(line).decode("utf-8"), object_pairs_hook=members))
        print("=" + base64.b64encode(form).decode(), flush=True)
    except ValueError:
        print("refused", flush=True)
`;

function startPython() {
  const child = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async canonical(text: Uint8Array): Promise<string> {
      child.stdin.write(`${Buffer.from(text).toString('base64')}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error('python3 ended');
      return line.value;
    },
    end: () => child.stdin.end(),
  };
}

function ours(text: Uint8Array): string {
  try {
    return `=${canonicalJson(text).toString('base64')}`;
  } catch (error) {
    if (isCabError(error, 'invalid_json')) return 'refused';
    throw error;
  }
}

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe.skipIf(!hasPython)(
  `agreement with Python${hasPython ? '' : ' (skipped: no python3)'}`,
  () => {
    let python: ReturnType<typeof startPython>;
    beforeAll(() => {
      python = startPython();
    });
    afterAll(() => {
      python.end();
    });

    it('gives the same bytes for every text', async () => {
      await fc.assert(
        fc.asyncProperty(jsonText, async (text) => {
          const bytes = Buffer.from(text);
          const theirs = await python.canonical(bytes);
          expect(ours(bytes)).toBe(theirs);
          expect(theirs).not.toBe('refused');
        }),
        { numRuns: 2000 },
      );
    });

    it('refuses what Python refuses, and nothing else', async () => {
      await fc.assert(
        fc.asyncProperty(damagedText, async (bytes) => {
          expect(ours(bytes)).toBe(await python.canonical(bytes));
        }),
        { numRuns: 4000 },
      );
    });

    it('prints the same doubles, thousands at a time', async () => {
      const doubles = fc.array(
        fc.oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
          fc.double({ noNaN: true, min: 0, max: 1 }).map((value) => value.toFixed(17)),
          fc.double({ noNaN: true, min: 1e-4, max: 1e15 }).map((value) => value.toPrecision(17)),
        ),
        { minLength: 2000, maxLength: 2000 },
      );
      await fc.assert(
        fc.asyncProperty(doubles, async (list) => {
          const bytes = Buffer.from(`[${list.join()}]`);
          expect(ours(bytes)).toBe(await python.canonical(bytes));
        }),
        { numRuns: 20, endOnFailure: true },
      );
    });
  },
);
