import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { StagingArea } from '../../../src/core/cas/staging.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

let home: string;
let area: StagingArea;

beforeEach(async () => {
  home = join(await tempDir(), 'staging');
  area = new StagingArea(home);
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

it('removes a directory that something was left in', async () => {
  const attempt = await area.stage('a', 1);
  writeFileSync(join(attempt.dir, 'rest'), '');
  await attempt.discard();
  expect(readdirSync(home)).toEqual([]);
});

it('begins anew where a directory of that name stands', async () => {
  const before = await area.stage('a', 1);
  writeFileSync(join(before.dir, 'rest'), '');
  expect(readdirSync((await area.stage('a', 1)).dir)).toEqual([]);
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
