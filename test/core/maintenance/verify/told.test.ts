/** What a check tells of its findings: who is concerned, what mends them, and what is not listed. */
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { Findings } from '../../../../src/core/maintenance/verify/findings.ts';
import { scriptedBroker } from '../../../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../../../helpers/scripted-runner.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';
import { flip, twoResults, type TwoResults } from '../../../helpers/two-results.ts';
import { verifyTree } from '../../../helpers/verifying.ts';

let root: string;
let at: TwoResults;
beforeEach(async () => {
  root = await tempDir();
  at = await twoResults(root);
});

const rootArguments = '--cas-root x';

it('says of each kind what mends it, in words that a shell takes', async () => {
  const broker = scriptedBroker(root, new ScriptedRunner());
  const { job_id } = await broker.submit({ features_text: '[2]', track_id: "it's one" });
  await broker.wait(job_id);
  await broker.close();
  await truncate(at.layout.pointer("it's one"), 5);
  await mkdir(join(at.layout.staging, 'gone-1'), { recursive: true });
  await writeFile(join(at.entry, 'notes.txt'), '');
  await writeFile(at.layout.watched, 'not a database');
  const { findings } = await verifyTree(root, { rootArguments });
  const mends = findings.map((finding) => [finding.class, finding.mend]);
  expect(mends.sort()).toEqual([
    ['corrupt', `cab verify --repair --rerun --cas-root x 'echo/index/it'\\''s one.json'`],
    ['job_store', 'cab doctor --fix --cas-root x'],
    ['leftover', 'cab verify --repair --cas-root x'],
    ['stray', null],
  ]);
});

it('names five of the tracks and jobs that a finding concerns', async () => {
  const broker = scriptedBroker(root, new ScriptedRunner());
  for (let n = 0; n < 7; n += 1) {
    const { job_id } = await broker.submit({ features_text: '[2]', track_id: `track ${n}` });
    await broker.wait(job_id);
    await broker.idle();
  }
  await broker.close();
  flip(at.artifact);
  const { findings } = await verifyTree(root);
  expect(findings).toMatchObject([{ class: 'corrupt' }]);
  const [{ tracks, jobs } = { tracks: [], jobs: [] }] = findings;
  expect([new Set(tracks).size, tracks.length]).toEqual([5, 5]);
  expect([new Set(jobs).size, jobs.length]).toEqual([5, 5]);
});

it('misses the kept input of a job that waits, and of no job that has ended', async () => {
  const broker = scriptedBroker(root, new ScriptedRunner(), { work: 'none' });
  const text = (word: string): string => JSON.stringify(word.padEnd(1 << 17));
  const waiting = await broker.submit({ features_text: text('waits') });
  const ended = await broker.submit({ features_text: text('ended') });
  // The job store has small ones as well.
  const small = await broker.submit({ features_text: '"small"' });
  await broker.cancel(ended.job_id);
  await broker.close();
  for (const { features_path } of [waiting, ended, small]) await rm(features_path, { force: true });
  expect((await verifyTree(root)).findings).toMatchObject([
    {
      class: 'missing',
      path: waiting.features_path.slice(root.length + 1),
      message: `job ${waiting.job_id} waits for an input that is not there`,
      mend: null,
    },
  ]);
});

it('names a pointer whose track can have no pointer', async () => {
  const pointer = JSON.parse(await readFile(at.pointer, 'utf8')) as object;
  for (const file of ['odd', 'undefined'])
    await writeFile(at.layout.pointer(file), JSON.stringify({ ...pointer, track_id: '' }));
  const message = 'the pointer is that of another track, ""';
  expect((await verifyTree(root)).findings).toMatchObject([
    { class: 'corrupt', message },
    { class: 'corrupt', message },
  ]);
});

it('lists the first ten thousand findings, counts all, and is not sound while one is not listed', () => {
  const findings = new Findings({ rootArguments: '' });
  const stray = { class: 'stray', message: '', expected: null, actual: null } as const;
  for (let n = 0; n < 10_001; n += 1) findings.add({ ...stray, place: `echo/${n}` });
  expect(findings.listed).toHaveLength(10_000);
  expect(findings.counts).toMatchObject({ stray: 10_001, corrupt: 0 });
  expect(findings.unlisted).toBe(1);
  for (const finding of findings.listed) finding.repaired = 'gone';
  expect(findings.areMended).toBe(false);
});

it('says how much is kept as evidence', async () => {
  await mkdir(join(at.layout.quarantine, '1-1-a-b'), { recursive: true });
  expect((await verifyTree(root)).notes).toContainEqual(
    expect.stringMatching(/^1 kept as evidence in .*quarantine/),
  );
});
