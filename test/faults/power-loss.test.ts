import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { seeded } from '../helpers/seeded.ts';
import { ownedTempDir, tempDir, type TempDir } from '../helpers/temp-dir.ts';
import { chance, DiskModel, everything, nothing, type Fate } from './power-loss/disk-model.ts';
import { judge, listen } from './power-loss/judge.ts';
import {
  buildRecorder,
  canRecord,
  recordKill,
  recordRun,
  type RecordedRun,
} from './power-loss/recorded-run.ts';
import type { DiskRecord } from './power-loss/records.ts';
import { places, struck } from './rig/places.ts';
import { chooseSeed, isLong, longTimeout, sizeOf, someOf } from './rig/sizes.ts';

const states = sizeOf('POWER_STATES', 14, 2000);
const jobs = sizeOf('POWER_JOBS', 14, 40);
const seed = chooseSeed('loss of power');

/** After each of these something is there that the next command relies on, whether or not it is on the disk. */
const kept: ReadonlySet<string> = new Set([
  ...['directory.made', 'queue.committed', 'entry.renamed', 'entry.place-synced'],
  ...['pointer.renamed', 'job.settling'],
]);

interface Loss {
  /** How many records were made before the power went. */
  readonly cut: number;
  readonly fate: string;
  readonly wrong: readonly string[];
}

/** Lays out one state after another in the place of the root, and has each judged. */
async function losses(run: RecordedRun, cuts: readonly number[], seed: number): Promise<Loss[]> {
  const random = seeded(seed);
  const model = new DiskModel(run.top);
  const said = new Map<string, string>();
  const found: Loss[] = [];
  let at = 0;
  for (const [n, cut] of cuts.entries()) {
    for (const record of run.records.slice(at, cut)) {
      model.apply(record);
      if (record.kind === 'say') listen(said, record.text);
    }
    at = cut;
    const [name, fate] = fateOf(n, random);
    await rm(run.root, { recursive: true, force: true });
    const stands = await model.materialize(basename(run.root), run.root, fate);
    const wrong = stands ? await judge(run.root, said, n % 5 === 0) : [...said.keys()];
    if (wrong.length > 0) found.push({ cut, fate: name, wrong });
  }
  return found;
}

function fateOf(n: number, random: () => number): [string, Fate] {
  if (n % 3 === 0) return ['nothing unsynced', nothing];
  if (n % 6 === 1) return ['everything', everything];
  return ['some of what was unsynced', chance(random)];
}

/** `.cab/unwritten` is made before the first entry is kept in the job store. */
const isMark = (record: DiskRecord): boolean =>
  record.kind === 'rename' && record.to.name === 'unwritten';

/** Anywhere; half of them right after something was said, when most was promised and least is behind it. */
function chooseCuts({ records }: RecordedRun, count: number, seed: number): number[] {
  const random = seeded(seed);
  const said = records.flatMap(({ kind }, at) => (kind === 'say' ? [at + 1] : []));
  const cuts = Array.from({ length: count }, (_, n) =>
    n % 2 === 0
      ? Math.floor(random() * (records.length + 1))
      : (said[Math.floor(random() * said.length)] ?? records.length),
  );
  return [...cuts, records.length].sort((a, b) => a - b);
}

describe.runIf(canRecord)('a loss of power', () => {
  let tools: TempDir;
  let recorder: string;
  beforeAll(async () => {
    tools = await ownedTempDir();
    recorder = buildRecorder(tools.path);
  });
  afterAll(() => tools.remove());

  it(
    'at any moment undoes nothing that was said, and leaves no part of an entry',
    { timeout: longTimeout },
    async () => {
      const dir = await tempDir();
      const run = await recordRun(dir, recorder, jobs);
      const said = new Map<string, string>();
      for (const record of run.records) if (record.kind === 'say') listen(said, record.text);
      expect(said.size).toBeGreaterThan(jobs);
      expect([...said.values()]).toContain('done');
      expect(run.records.some(isMark), 'a job has gone the short road').toBe(true);
      // Few jobs may be flushed one by one.
      if (isLong) expect(run.records.some(({ kind }) => kind === 'sync-all')).toBe(true);

      const cuts = chooseCuts(run, states, seed);
      expect(await losses(run, cuts, seed)).toEqual([]);
      console.info(
        `loss of power: ${cuts.length} states of a run of ${said.size} jobs and ${run.records.length} changes`,
      );
      const status = await cab(['status', '--json', '--cas-root', run.root]);
      expect(JSON.parse(status.stdout)).toMatchObject({ counts: { pending: 0, running: 0 } });
    },
  );

  it.each(
    struck(
      places.filter(({ place }) => kept.has(place)),
      seed,
      ({ place }) => place,
    ),
  )('undoes nothing of what the next command did after one was killed at $at', async (killed) => {
    const dir = await tempDir();
    const run = await recordKill(dir, recorder, `${killed.place}=kill${killed.pass}`);
    expect(await losses(run, [run.records.length], 1)).toEqual([]);
  });

  // Too few for one flush of all, which would flush more than it has to.
  it.each(['road.kept=kill', 'road.placed=kill', 'road.placed=kill@2', 'road.concluded=kill'])(
    'undoes nothing of several results after the process was killed at %s',
    async (failpoint) => {
      const dir = await tempDir();
      const run = await recordKill(dir, recorder, failpoint, 6);
      expect(await losses(run, [run.records.length], 1)).toEqual([]);
    },
  );

  const fewJobs = 9;
  const deafRuns = [
    ['files', 'FA', fewJobs, /bytes do not match|no manifest|no artifact|is not JSON/],
    ['directories', 'DA', fewJobs, /no manifest|no entry|no job|leads to|^[0-9a-f-]{36}$/],
    ['files of the job store', 'QA', fewJobs, /no job|said to be|is damaged|^[0-9a-f-]{36}$/],
    ['pointers', 'PA', fewJobs, /has no pointer/],
    // Only many are flushed at once.
    [
      'many entries at once',
      'A',
      49,
      /no manifest|no artifact|no entry|is not JSON|has no pointer/,
    ],
  ] as const;
  it.each(someOf(deafRuns, 1, seed))(
    'is noticed by this rig where %s are not synced',
    { timeout: longTimeout },
    async (_, deaf, count, loss) => {
      const dir = await tempDir();
      const run = await recordRun(dir, recorder, count, deaf);
      const cuts = chooseCuts(run, isLong ? 60 : 5, 1);
      const found = await losses(run, cuts, 1);
      expect(found.flatMap(({ wrong }) => wrong).join('\n')).toMatch(loss);
    },
  );
});
