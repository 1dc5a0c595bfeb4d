import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { parseFeatures } from '../src/runners/historical-echo/features.ts';
import { importSpine } from '../src/runners/historical-echo/spine/spine-import.ts';

const examples = join(import.meta.dirname, '..', 'examples');
const folder = mkdtempSync(join(tmpdir(), 'cab-examples-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function rowsOf(path: string): unknown[] {
  const database = new Database(path, { readonly: true });
  const rows = database.prepare('SELECT * FROM spine_master_v1_lanes').all();
  database.close();
  return rows;
}

it('the examples are what make-spine.js and an import of songs.csv give', async () => {
  execFileSync(process.execPath, [join(examples, 'make-spine.js'), folder]);
  const written = readdirSync(folder);
  expect(written.sort()).toEqual([
    'ballad.features.json',
    'driving.features.json',
    'midtempo.features.json',
    'songs.csv',
  ]);
  for (const name of written)
    expect(readFileSync(join(folder, name))).toEqual(readFileSync(join(examples, name)));
  const out = join(folder, 'spine.db');
  await importSpine({ csv: join(examples, 'songs.csv'), out, tier: 'tier1_modern' });
  expect(rowsOf(join(examples, 'spine.db'))).toEqual(rowsOf(out));
});

it.each(['ballad', 'driving', 'midtempo'])('%s has all axes', (name) => {
  const path = join(examples, `${name}.features.json`);
  expect(parseFeatures(readFileSync(path), path).tempo).toBeGreaterThan(0);
});
