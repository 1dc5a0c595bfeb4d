/** Columns of spines that a test writes: made as a first call makes them, and asked as a later process asks them. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { sha256 } from '../../../src/core/hashing/digest.ts';
import { fingerprintOf } from '../../../src/core/hashing/fingerprint.ts';
import type { JsonObject } from '../../../src/core/model/job/job.ts';
import { artifactJson } from '../../../src/runners/historical-echo/artifact/artifact-json.ts';
import { Columns } from '../../../src/runners/historical-echo/columns/columns.ts';
import type { Question } from '../../../src/runners/historical-echo/compute.ts';
import { parseProbe, spineQuery } from '../../../src/runners/historical-echo/probe-arguments.ts';
import { probeSpine } from '../../../src/runners/historical-echo/probe.ts';
import { openSpine } from '../../../src/runners/historical-echo/spine/spine-database.ts';
import { SpineReader } from '../../../src/runners/historical-echo/spine/spine-reader.ts';
import { readSpine } from '../../../src/runners/historical-echo/spine/spine.ts';
import type { ColumnsOf } from '../../../src/runners/historical-echo/thread-messages.ts';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { undoneAfterFile } from '../../helpers/clean-up.ts';
import { seeded } from '../../helpers/seeded.ts';
import { type StoredSong, someFeatures, writeSpine } from './spines.ts';

/** A root with a spine beside it, old enough to be told apart from a later change. */
export async function scene(
  songs: Parameters<typeof writeSpine>[1],
  external?: Record<string, string>,
) {
  const dir = mkdtempSync(join(tmpdir(), 'cab-scene-'));
  undoneAfterFile(() => rmSync(dir, { recursive: true, force: true }));
  const path = writeSpine(join(dir, 'spine.db'), songs, external);
  const { private: own, temporary, cache } = layoutOf(join(dir, 'root'));
  await delay(25);
  const database = {
    digest: sha256(readFileSync(path)),
    fingerprint: fingerprintOf(statSync(path, { bigint: true })),
  };
  const of: ColumnsOf = { place: { private: own, temporary, cache }, database };
  return { dir, path, cache, temporary, of };
}

export const questionOf = (
  path: string,
  probe: JsonObject = {},
  features = someFeatures,
): Question => {
  const parsed = parseProbe(probe);
  return { features, probe: parsed, query: spineQuery(parsed), path };
};

export function fromDatabase({ features, probe, query, path }: Question): string {
  const database = openSpine(path);
  try {
    return artifactJson(probeSpine(features, readSpine(database, query), probe));
  } finally {
    database.close();
  }
}

export const textOf = (found: ReturnType<Columns['probe']>): string | undefined =>
  found && artifactJson(found);

const silent = { loading: () => undefined, loaded: () => undefined };

/** Reads the spine as a first call does, which keeps its columns. Gives how many spines were read. */
export async function firstCall(question: Question, of: ColumnsOf | null): Promise<number> {
  let reads = 0;
  const columns = new Columns();
  const reader = new SpineReader(columns, { ...silent, loaded: () => (reads += 1) });
  const found = columns.probe(question, of, Infinity) ?? (await reader.probe(question, of));
  expect(artifactJson(found)).toBe(fromDatabase(question));
  columns.close();
  return reads;
}

export function fromColumns(
  question: Question,
  of: ColumnsOf,
  mostSongs = Infinity,
): string | undefined {
  const columns = new Columns();
  try {
    return textOf(columns.probe(question, of, mostSongs));
  } finally {
    columns.close();
  }
}

export const someSongs = (count: number, seed: number): StoredSong[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, at) => ({
    title: `Song ${at}`,
    year: String(1985 + Math.floor(36 * random())),
    tempo: (60 + 140 * random()).toFixed(3),
    valence: random().toFixed(3),
    energy: random().toFixed(3),
    loudness: (-20 * random()).toFixed(3),
  }));
};
