import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { layoutOf } from '../../../src/stores/local/layout.ts';
import { searchLimits } from '../../../src/core/engine/submission/explanation/source-configs.ts';
import type { JobDocument } from '../../../src/core/model/job/job-document.ts';
import { explanationSchema } from '../../../src/http/wire/explanations.ts';
import { served, type Served } from '../../helpers/served.ts';

let daemon: Served;
let near: JobDocument;
/** Differs from `near` in one field, from the others in two. */
const wanted = { features: {}, probe: { n: 1, m: 2 } };

beforeEach(async () => {
  daemon = await served();
  near = await daemon.run('{}', { probe: { n: 1 } });
});

/** More entries of the same input, used at that moment, with probe.n from 1000 on. */
function others(count: number, usedS: number): void {
  const place = dirname(near.result?.artifact_path ?? '');
  const manifest = readFileSync(join(place, 'manifest.json'), 'utf8');
  const artifact = readFileSync(near.result?.artifact_path ?? '');
  for (let n = 1000; n < 1000 + count; n += 1) {
    const dir = layoutOf(daemon.root).entry({
      config_hash: `other-${n}`,
      source_hash: near.source_hash,
    });
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'historical_echo.json'), artifact);
    writeFileSync(join(dir, 'manifest.json'), manifest.replace(/"n": ?1\b/, `"n":${n}`));
    utimesSync(dir, usedS, usedS);
  }
}

/** In this process and over HTTP, which must say the same. */
async function explained() {
  const { probe } = wanted;
  const here = await daemon.broker.explain({ features_text: '{}', probe });
  const there = await (await daemon.post('/echo/explain', wanted)).json();
  expect(explanationSchema.parse(there)).toEqual(JSON.parse(JSON.stringify(here)));
  return here;
}

describe('the closest entry', () => {
  it('is looked for among all entries of the input, as many as a search takes', async () => {
    others(searchLimits.keys - 1, Date.now() / 1000 + 60);
    expect(await explained()).toMatchObject({
      closest: { key: { config_hash: near.config_hash }, differences: [{ field: 'probe.m' }] },
      partial: false,
    });
  });

  it('is looked for among those that were used last where there are more', async () => {
    const now = Date.now() / 1000;
    others(searchLimits.keys, now + 60);
    const { closest, partial } = await explained();
    expect(partial).toBe(true);
    expect(closest?.key.config_hash).toMatch(/^other-/);
    expect(closest?.differences).toHaveLength(2);
    others(searchLimits.keys, now - 60);
    expect(await explained()).toMatchObject({
      closest: { key: { config_hash: near.config_hash } },
      partial: true,
    });
  });

  it('is looked for in no more configurations than a search takes', async () => {
    const { entries } = layoutOf(daemon.root);
    for (let n = 1; n < searchLimits.configurations; n += 1) mkdirSync(join(entries, `empty-${n}`));
    expect(await explained()).toMatchObject({ partial: false, closest: { key: {} } });
    mkdirSync(join(entries, 'one-more'));
    expect(await explained()).toMatchObject({ partial: true });
  });

  it('holds up no other request while it is looked for', async () => {
    others(searchLimits.keys - 1, 0);
    const ends: string[] = [];
    const explaining = daemon.post('/echo/explain', wanted).then(() => ends.push('explained'));
    await daemon.get('/healthz').then(() => ends.push('healthy'));
    await explaining;
    expect(ends).toEqual(['healthy', 'explained']);
  });

  it('is not looked for where there is a hit, however many entries there are', async () => {
    others(searchLimits.keys, 0);
    expect(await daemon.broker.explain({ features_text: '{}', probe: { n: 1 } })).toMatchObject({
      hit: true,
      closest: null,
      older: null,
      partial: false,
    });
  });
});
