import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleOf } from '../../../../src/core/model/report/sample.ts';
import { selectionOf } from '../../../../src/core/maintenance/verify/selection.ts';
import {
  verifyReportSchema,
  type FindingClass,
} from '../../../../src/core/model/report/verify-report.ts';
import { beforeEach, describe, expect, it } from 'vitest';
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

/** What is published is read-only, for all but the superuser. */
async function cut(file: string, length: number): Promise<void> {
  chmodSync(file, 0o644);
  await truncate(file, length);
}

const classes = async (
  ...more: Parameters<typeof verifyTree> extends [string, ...infer R] ? R : never
) => {
  const report = await verifyTree(root, ...more);
  expect(verifyReportSchema.safeParse(report).success).toBe(true);
  return report.findings.map((finding) => finding.class);
};

describe('a check', () => {
  it('finds nothing in a sound tree, and counts what it looked at', async () => {
    const report = await verifyTree(root);
    expect(report).toMatchObject({
      sound: true,
      findings: [],
      entries: { found: 2, checked: 2, fresh: 0, unsampled: 0 },
      files: 5,
      pointers: 1,
    });
  });

  it('fails where there is no root', async () => {
    await expect(verifyTree(join(root, 'none'))).rejects.toMatchObject({
      code: 'store_unreadable',
    });
  });

  const damages: [string, FindingClass, () => unknown][] = [
    ['a bit of the artifact', 'corrupt', () => flip(at.artifact)],
    ['a bit of a further file', 'corrupt', () => flip(at.further)],
    [
      'a bit of the manifest',
      'corrupt',
      () => flip(at.manifest, readFileSync(at.manifest).indexOf('created_at') + 14),
    ],
    [
      'the seal of the manifest',
      'corrupt',
      () => flip(at.manifest, readFileSync(at.manifest).indexOf('manifest_sha256') + 20),
    ],
    [
      'the name of the seal',
      'corrupt',
      () => flip(at.manifest, readFileSync(at.manifest).indexOf('manifest_sha256') + 3),
    ],
    ['an artifact cut short', 'corrupt', () => cut(at.artifact, 3)],
    ['an artifact without bytes', 'corrupt', () => cut(at.artifact, 0)],
    [
      'an artifact that grew',
      'corrupt',
      () => {
        chmodSync(at.artifact, 0o644);
        writeFileSync(at.artifact, 'x', { flag: 'a' });
      },
    ],
    ['a manifest cut short', 'corrupt', () => cut(at.manifest, 30)],
    ['an artifact that is gone', 'missing', () => rm(at.artifact)],
    ['a further file that is gone', 'missing', () => rm(at.further)],
    ['a manifest that is gone', 'missing', () => rm(at.manifest)],
    [
      'a link in place of the artifact',
      'corrupt',
      async () => {
        await rename(at.artifact, join(root, 'away'));
        await symlink(join(root, 'away'), at.artifact);
      },
    ],
    [
      'a directory in place of the artifact',
      'corrupt',
      async () => {
        await rm(at.artifact);
        await mkdir(at.artifact);
      },
    ],
    [
      'a file that the manifest does not name',
      'stray',
      () => writeFile(join(at.entry, 'notes.txt'), ''),
    ],
    [
      'an empty entry',
      'stray',
      () => mkdir(join(at.layout.entries, 'c', 's'), { recursive: true }),
    ],
    [
      'a file among the configurations',
      'stray',
      () => writeFile(join(at.layout.entries, 'notes.txt'), ''),
    ],
    [
      'another entry in the place',
      'corrupt',
      async () => {
        await rename(at.entry, `${at.entry}x`);
      },
    ],
    ['a pointer that is no JSON', 'corrupt', () => truncate(at.pointer, 5)],
    ['a pointer of another track', 'corrupt', () => rename(at.pointer, at.layout.pointer('other'))],
    ['a pointer that is gone', 'missing', () => rm(at.pointer)],
    [
      'a stray among the pointers',
      'stray',
      () => writeFile(join(at.layout.index, 'notes.txt'), ''),
    ],
    ['an entry that is gone', 'dangling_pointer', () => rm(at.entry, { recursive: true })],
    [
      'staging of an attempt that does not run',
      'leftover',
      () => mkdir(join(at.layout.staging, 'job-1'), { recursive: true }),
    ],
    ['a damaged job store', 'job_store', () => flip(at.layout.jobs, 3)],
    [
      'a damaged table of watched files',
      'job_store',
      () => writeFile(at.layout.watched, 'not a database'),
    ],
  ];

  it.each(damages)('names %s', async (_what, expected, damage) => {
    await damage();
    const found = await classes();
    expect(found).toContain(expected);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it('finds damage that left size and time as they were', async () => {
    const then = new Date(1_700_000_000_000);
    await utimes(at.artifact, then, then);
    await verifyTree(root);
    flip(at.artifact);
    await utimes(at.artifact, then, then);
    expect(await classes()).toEqual(['corrupt']);
  });

  it('says how what it found is reached, what was expected, and what mends it', async () => {
    flip(at.artifact);
    const { findings, counts, sound } = await verifyTree(root, { rootArguments: '--cas-root x' });
    expect({ sound, counts: counts.corrupt }).toEqual({ sound: false, counts: 1 });
    const place = at.entry.slice(root.length + 1);
    expect(findings).toMatchObject([
      {
        class: 'corrupt',
        path: `${place}/historical_echo.json`,
        expected: expect.stringMatching(/^[0-9a-f]{64}$/),
        actual: expect.stringMatching(/^[0-9a-f]{64}$/),
        tracks: ['song'],
        jobs: [expect.any(String)],
        mend: `cab verify --repair --rerun --cas-root x ${place}`,
      },
    ]);
  });

  it('names each of several that are damaged, also where they are checked together', async () => {
    const broker = scriptedBroker(root, new ScriptedRunner(), { concurrency: 4 });
    const jobs = Array.from({ length: 40 }, (_, n) =>
      broker.submit({ features_text: `{"n":${n}}` }),
    );
    const entries: string[] = [];
    for (const { job_id } of await Promise.all(jobs))
      entries.push(at.layout.entry(await broker.wait(job_id)));
    await broker.close();
    const damaged = entries.filter((_, n) => n % 4 > 1);
    for (const entry of damaged) flip(join(entry, 'historical_echo.json'));
    const { findings } = await verifyTree(root);
    const paths = findings.map(({ path }) => join(root, path, '..'));
    expect(paths.sort()).toEqual(damaged.sort());
  });

  it('notes an etag of a manifest without a seal that is not the digest of its artifact', async () => {
    const manifest = JSON.parse(readFileSync(at.manifest, 'utf8')) as Record<string, unknown>;
    for (const name of ['cab_version', 'manifest_sha256']) Reflect.deleteProperty(manifest, name);
    const { artifact, ...rest } = manifest;
    const own = { ...(artifact as object), etag: 'of its own' };
    chmodSync(at.manifest, 0o644);
    writeFileSync(at.manifest, JSON.stringify({ ...rest, artifact: own }));
    const { notes, sound } = await verifyTree(root);
    expect(sound).toBe(true);
    expect(notes).toContainEqual(
      expect.stringContaining('the etag of the manifest is not the digest'),
    );
    writeFileSync(at.manifest, JSON.stringify({ ...rest, artifact }));
    expect((await verifyTree(root)).notes.join()).not.toContain('etag');
  });

  it('looks at no artifact where it is quick', async () => {
    flip(at.artifact);
    expect(await classes({ quick: true })).toEqual([]);
    await truncate(at.artifact, 2);
    expect(await classes({ quick: true })).toEqual(['corrupt']);
  });

  it('leaves out what was found sound lately, and comes back to what was not', async () => {
    const other = readdirSync(join(at.entry, '..')).find((name) => !at.entry.endsWith(name)) ?? '';
    flip(join(at.entry, '..', other, 'historical_echo.json'));
    const hour = 3_600_000;
    expect((await verifyTree(root, { maxAgeMs: hour })).entries).toMatchObject({
      checked: 2,
      fresh: 0,
    });
    const second = await verifyTree(root, { maxAgeMs: hour });
    expect(second.entries).toMatchObject({ checked: 1, fresh: 1 });
    expect(second.counts.corrupt).toBe(1);
    const later = { maxAgeMs: hour, now: Date.now() + 2 * hour };
    expect((await verifyTree(root, later)).entries).toMatchObject({ checked: 2, fresh: 0 });
  });

  it('checks all of a tree in the parts of a sample', async () => {
    const parts = Array.from({ length: 12 }, (_, n) => sampleOf(`${n + 1}/12`));
    const reports = [];
    for (const sample of parts) reports.push(await verifyTree(root, { sample: sample ?? null }));
    expect(reports.reduce((sum, { entries }) => sum + entries.checked, 0)).toBe(2);
    expect(reports.reduce((sum, { entries }) => sum + entries.unsampled, 0)).toBe(22);
  });

  it('checks what it is asked for alone', async () => {
    flip(at.artifact);
    await writeFile(join(at.layout.index, 'notes.txt'), '');
    expect(await classes({ scope: selectionOf(at.layout.root, [at.entry]) })).toEqual(['corrupt']);
    expect(await classes({ scope: selectionOf(at.layout.root, [at.layout.index]) })).toEqual([
      'stray',
    ]);
    expect(await classes({ scope: selectionOf(at.layout.root, [at.pointer]) })).toEqual([]);
    expect(() => selectionOf(at.layout.root, ['/elsewhere'])).toThrow(
      'no entry, configuration or pointer',
    );
  });

  it('writes nothing into a tree that cab has not worked in', async () => {
    await rm(at.layout.private, { recursive: true });
    expect(await verifyTree(root)).toMatchObject({ sound: true });
    expect(existsSync(at.layout.private)).toBe(false);
  });
});
