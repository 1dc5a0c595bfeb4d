import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Columns } from '../../../src/runners/historical-echo/columns/columns.ts';
import { seeded } from '../../helpers/seeded.ts';
import {
  firstCall,
  fromColumns,
  fromDatabase,
  questionOf,
  scene,
  someSongs,
  textOf,
} from './columns-scene.ts';
import { someFeatures } from './spines.ts';

const fileIn = (cache: string): string => join(cache, readdirSync(cache)[0] ?? '');

describe('the file', () => {
  it('is one for each database and each selection of rows, and none for what selects none', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(10, 1) });
    for (const probe of [{}, { top_k: 3 }, { tempo_weight_low: 0.1 }, { year_min: 1985 }])
      await firstCall(questionOf(path, probe), of);
    expect(readdirSync(cache)).toHaveLength(1);
    await firstCall(questionOf(path, { year_min: 1990 }), of);
    await firstCall(questionOf(path, { tiers: 'tier2_modern' }), of);
    await firstCall(questionOf(path, { use_acousticbrainz_fallback: true }), of);
    await firstCall(questionOf(path), {
      ...of,
      database: { ...of.database, digest: '0'.repeat(64) },
    });
    expect(readdirSync(cache)).toHaveLength(5);
  });

  it('serves until it is deleted, also a process that has it open', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(3000, 2) });
    const question = questionOf(path);
    expect(await firstCall(question, of)).toBe(1);
    expect(await firstCall(question, of)).toBe(0);
    const columns = new Columns();
    expect(textOf(columns.probe(question, of, Infinity))).toBe(fromDatabase(question));
    rmSync(cache, { recursive: true });
    const other = questionOf(path, {}, { ...someFeatures, tempo: 61, energy: 0.01 });
    expect(textOf(columns.probe(other, of, Infinity))).toBe(fromDatabase(other));
    columns.close();
    expect(await firstCall(question, of)).toBe(1);
    expect(await firstCall(question, of)).toBe(0);
  });

  it('is made anew where a byte of it is another, or its end is missing', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(150, 4) });
    // All songs are neighbours, so that all of the file is read.
    const question = questionOf(path, { top_k: 10_000 });
    await firstCall(question, of);
    const whole = readFileSync(fileIn(cache));
    const random = seeded(11);
    const places = [0, 8, 12, 16, 36, 60, 104, 136, 400, whole.length - 20];
    for (let more = 0; more < 8; more += 1) places.push(Math.floor(whole.length * random()));
    for (const place of places) {
      const damaged = Buffer.from(whole);
      damaged[place] = (damaged[place] ?? 0) ^ (1 << Math.floor(8 * random()));
      writeFileSync(fileIn(cache), damaged);
      expect(fromColumns(question, of) === undefined).toBe(true);
      expect(await firstCall(question, of)).toBe(1);
      expect(readFileSync(fileIn(cache))).toEqual(whole);
    }
    for (const length of [0, 50, 136, 600, whole.length - 1]) {
      truncateSync(fileIn(cache), length);
      expect(await firstCall(question, of)).toBe(1);
      expect(readFileSync(fileIn(cache))).toEqual(whole);
    }
  });

  it('is not trusted where it is a link, open to others, or that of another selection', async () => {
    const { dir, path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    await firstCall(question, of);
    const file = fileIn(cache);
    const elsewhere = join(dir, 'elsewhere');
    renameSync(file, elsewhere);
    symlinkSync(elsewhere, file);
    expect(await firstCall(question, of)).toBe(1);
    expect(statSync(file).ino).not.toBe(statSync(elsewhere).ino);
    chmodSync(file, 0o666);
    expect(await firstCall(question, of)).toBe(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const other = questionOf(path, { year_min: 2000 });
    await firstCall(other, of);
    const otherFile = join(
      cache,
      readdirSync(cache).find((name) => join(cache, name) !== file) ?? '',
    );
    writeFileSync(otherFile, readFileSync(file));
    expect(await firstCall(other, of)).toBe(1);
    rmSync(file);
    mkdirSync(file);
    expect(fromColumns(question, of)).toBeUndefined();
    expect(await firstCall(question, of)).toBe(1);
  });

  it.runIf(process.geteuid?.() === 0)("is not trusted where it is another user's", async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    await firstCall(question, of);
    chownSync(fileIn(cache), 12_345, 12_345);
    expect(await firstCall(question, of)).toBe(1);
    expect(statSync(fileIn(cache)).uid).toBe(0);
  });

  it('is left out where the root takes none: the directory is a link or a file', async () => {
    const { dir, path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    const elsewhere = join(dir, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(of.place.private, { recursive: true });
    symlinkSync(elsewhere, cache);
    expect(await firstCall(question, of)).toBe(1);
    expect(await firstCall(question, of)).toBe(1);
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(cache);
    writeFileSync(cache, '');
    expect(await firstCall(question, of)).toBe(1);
    expect(existsSync(of.place.temporary)).toBe(false);
  });

  it('is not made where the caller answers for the database, or where it is another by now', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    const question = questionOf(path);
    expect(await firstCall(question, null)).toBe(1);
    const before = new Date(Date.now() - 60_000);
    utimesSync(path, before, before);
    expect(await firstCall(question, of)).toBe(1);
    expect(existsSync(cache)).toBe(false);
  });

  it('is whole whoever of two writers comes last', async () => {
    const { path, of, cache, temporary } = await scene({ tier1_modern: someSongs(2000, 9) });
    const question = questionOf(path);
    await Promise.all([1, 2, 3].map(() => firstCall(question, of)));
    expect(await firstCall(question, of)).toBe(0);
    expect(readdirSync(cache)).toHaveLength(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('serves also where the umask leaves its directory to the group', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    await firstCall(questionOf(path), of);
    chmodSync(cache, 0o775);
    expect(await firstCall(questionOf(path), of)).toBe(0);
  });

  it('counts as used whenever a process opens it', async () => {
    const { path, of, cache } = await scene({ tier1_modern: someSongs(20, 4) });
    await firstCall(questionOf(path), of);
    const long = new Date(Date.now() - 86_400_000);
    utimesSync(fileIn(cache), long, long);
    fromColumns(questionOf(path), of);
    expect(statSync(fileIn(cache)).mtimeMs).toBeGreaterThan(long.getTime() + 80_000_000);
  });
});
