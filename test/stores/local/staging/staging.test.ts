import {
  existsSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { StagingArea } from '../../../../src/stores/local/staging/staging.ts';
import type { Stuck } from '../../../../src/support/files/stuck.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

let home: string;
let area: StagingArea;
let stuck: Stuck[];

beforeEach(async () => {
  home = join(await tempDir(), 'staging');
  stuck = [];
  area = new StagingArea(home, (one) => stuck.push(one));
});

it('gives the directory of an attempt that left it empty to the next, under the name of that', async () => {
  const first = await area.stage('a', 1);
  const { ino } = statSync(first.dir);
  await first.discard();
  expect(existsSync(first.dir)).toBe(false);
  const second = await area.stage('b', 1);
  expect(second.dir).toBe(join(home, 'b-1'));
  expect(statSync(second.dir).ino).toBe(ino);
});

it('gives it on without the files that a runner left where its artifact goes', async () => {
  const first = await area.stage('a', 1);
  const { ino } = statSync(first.dir);
  writeFileSync(join(first.dir, 'entry', 'artifact.json'), '{}');
  await first.discard();
  const second = await area.stage('b', 1);
  expect(statSync(second.dir).ino).toBe(ino);
  expect(readdirSync(join(second.dir, 'entry'))).toEqual([]);
});

it('gives none on that a process may still write into', async () => {
  const first = await area.stage('a', 1);
  await first.discard(true);
  expect(readdirSync(home)).toEqual([]);
});

it('follows no link that a runner put in the place of a directory', async () => {
  const outside = await tempDir();
  writeFileSync(join(outside, 'precious'), '');
  const attempt = await area.stage('a', 1);
  rmdirSync(join(attempt.dir, 'entry'));
  symlinkSync(outside, join(attempt.dir, 'entry'));
  await attempt.discard();
  expect(readdirSync(outside)).toEqual(['precious']);
  expect(stuck).toEqual([]);
});

it('removes a directory that something was left in', async () => {
  const attempt = await area.stage('a', 1);
  writeFileSync(join(attempt.dir, 'rest'), '');
  await attempt.discard();
  expect(readdirSync(home)).toEqual([]);
});

it('begins anew where a directory of that name stands', async () => {
  const before = await area.stage('a', 1);
  writeFileSync(join(before.dir, 'rest'), '');
  expect(readdirSync((await area.stage('a', 1)).dir)).toEqual(['entry']);
});

it('leaves nothing behind when it is closed, however many attempts there were', async () => {
  const attempts = await Promise.all(Array.from({ length: 100 }, (_, n) => area.stage(`j${n}`, 1)));
  for (const attempt of attempts) await attempt.discard();
  await area.close();
  expect(readdirSync(home)).toEqual([]);
});

it('makes a new one where somebody swept what lay idle', async () => {
  await (await area.stage('a', 1)).discard();
  for (const idle of readdirSync(home)) rmSync(join(home, idle), { recursive: true });
  expect(existsSync((await area.stage('b', 1)).dir)).toBe(true);
});
