import { rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { SpineCache } from '../../../src/runners/historical-echo/spine/spine-cache.ts';
import { containing } from './matching.ts';
import { temporaryFolder, writeSpine } from './spines.ts';

const folder = temporaryFolder();
const query = spineQuery(parseProbe({}));

function counting() {
  const loads: string[] = [];
  const listener = { loading: () => undefined, loaded: (path: string) => loads.push(path) };
  return { loads, listener };
}

const insert = `INSERT INTO spine_master_v1_lanes SELECT echo_tier, year, artist, 'Second', has_audio,
  tempo, valence, energy, loudness, tempo_band, valence_band, energy_band FROM spine_master_v1_lanes`;

describe('SpineCache', () => {
  it('reads a spine once for each query', () => {
    const path = writeSpine(join(folder, 'once.db'), { tier1_modern: [{}] });
    const { loads, listener } = counting();
    const cache = new SpineCache();
    const first = cache.get(path, query, listener);
    expect(cache.get(path, { ...query }, listener)).toBe(first);
    const fallback = { ...query, fallbackRows: Infinity };
    const other = cache.get(path, fallback, listener);
    expect(other).not.toBe(first);
    expect(cache.get(path, fallback, listener)).toBe(other);
    expect(cache.get(path, query, listener)).toBe(first);
    expect(loads).toEqual([path, path]);
  });

  it('reads it again once the file has changed', () => {
    const path = writeSpine(join(folder, 'changed.db'), { tier1_modern: [{}] });
    const cache = new SpineCache();
    const { listener } = counting();
    expect(cache.get(path, query, listener).totalRows).toBe(1);
    const writer = new Database(path);
    writer.exec(insert);
    writer.close();
    expect(cache.get(path, query, listener).totalRows).toBe(2);
  });

  it('reads it again once it was replaced by another file', () => {
    const path = writeSpine(join(folder, 'replaced.db'), { tier1_modern: [{}] });
    const cache = new SpineCache();
    const { listener } = counting();
    cache.get(path, query, listener);
    rmSync(path);
    writeSpine(path, { tier1_modern: [{ title: 'a' }, { title: 'b' }, { title: 'c' }] });
    expect(cache.get(path, query, listener).totalRows).toBe(3);
  });

  it('sees a commit that stands in the write-ahead log alone', () => {
    const path = writeSpine(join(folder, 'wal.db'), { tier1_modern: [{}] });
    const writer = new Database(path);
    writer.pragma('journal_mode = WAL');
    const cache = new SpineCache();
    const { listener } = counting();
    expect(cache.get(path, query, listener).totalRows).toBe(1);
    writer.exec(insert);
    expect(cache.get(path, query, listener).totalRows).toBe(2);
    writer.close();
  });

  it('says that a spine is gone', () => {
    const path = join(folder, 'gone.db');
    expect(() => new SpineCache().get(path, query, counting().listener)).toThrow(
      expect.objectContaining({ code: 'spine_not_found', message: containing(path) }),
    );
  });
});
