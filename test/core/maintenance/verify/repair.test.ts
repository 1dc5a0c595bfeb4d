import Sqlite from 'better-sqlite3';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repair } from '../../../../src/core/maintenance/verify/repair/repair.ts';
import { inspectTree } from '../../../helpers/tree.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { asOrdinaryUser } from '../../../helpers/ordinary-user.ts';
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

describe('a repair', () => {
  const mend = (root_: string) => verifyTree(root_, {}, (verify) => repair(verify, 'test'));

  it('takes a corrupt entry aside with a note, and steps its pointer back to the newest sound one', async () => {
    flip(at.artifact);
    const { sound, findings } = await mend(root);
    expect(sound).toBe(true);
    expect(findings.map(({ repaired }) => repaired)).toEqual([
      expect.stringMatching(/^taken aside, to \.cab\/quarantine\//),
      expect.stringMatching(/^leads to .* now$/),
    ]);
    const [dir, note] = readdirSync(at.layout.quarantine).sort();
    expect(note).toBe(`${dir ?? ''}.json`);
    expect(JSON.parse(readFileSync(join(at.layout.quarantine, note ?? ''), 'utf8'))).toMatchObject({
      findings: [{ class: 'corrupt' }],
    });
    expect(await inspectTree(root)).toMatchObject({ wrong: [], leftovers: [] });
    expect((await verifyTree(root)).findings).toEqual([]);
  });

  it('takes a pointer aside where nothing of its track is left', async () => {
    for (const source of readdirSync(join(at.entry, '..')))
      flip(join(at.entry, '..', source, 'historical_echo.json'));
    const { findings } = await mend(root);
    expect(findings.map(({ repaired }) => repaired)).toContainEqual(
      expect.stringContaining('no sound entry of the track is left'),
    );
    expect(existsSync(at.pointer)).toBe(false);
    expect(await inspectTree(root)).toMatchObject({ entries: [], wrong: [] });
  });

  it('writes a manifest anew where the bytes are those that its job gave', async () => {
    await rm(at.further);
    const [other = ''] = readdirSync(join(at.entry, '..')).filter(
      (name) => !at.entry.endsWith(name),
    );
    const file = join(at.entry, '..', other, 'manifest.json');
    const before = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    chmodSync(file, 0o644);
    await truncate(file, 20);
    const { findings } = await mend(root);
    expect(findings.find(({ path }) => path.includes(other))?.repaired).toContain('written anew');
    const after = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    for (const name of [
      'artifact',
      'config',
      'config_hash',
      'source_hash',
      'track_id',
      'run_id',
      'job_id',
      'runner',
    ])
      expect(after[name]).toEqual(before[name]);
    expect((await verifyTree(root)).counts).toMatchObject({ corrupt: 0 });
  });

  it('writes a manifest anew by the job that made its entry, not by one that only met it', async () => {
    const broker = scriptedBroker(root, new ScriptedRunner());
    const { job_id } = await broker.submit({ features_text: '[1]', track_id: 'later' });
    const hit = await broker.wait(job_id);
    expect(hit).toMatchObject({ cached: true });
    await broker.close();
    const manifest = join(at.layout.entry(hit), 'manifest.json');
    const before = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    chmodSync(manifest, 0o644);
    await truncate(manifest, 20);
    await mend(root);
    const { job_id: made, track_id } = before;
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({ job_id: made, track_id });
  });

  it('names the runner as far as a job of an older program tells it', async () => {
    const broker = scriptedBroker(root, new ScriptedRunner());
    const { job_id } = await broker.submit({ features_text: '[3]', config_hash: 'given' });
    const manifest = join(at.layout.entry(await broker.wait(job_id)), 'manifest.json');
    await broker.close();
    const jobs = new Sqlite(at.layout.jobs);
    jobs.exec(`UPDATE jobs SET spec = json_set(spec, '$.config', NULL)`);
    jobs.close();
    chmodSync(manifest, 0o644);
    await truncate(manifest, 20);
    await mend(root);
    expect(JSON.parse(readFileSync(manifest, 'utf8'))).toMatchObject({
      runner: { runner_name: 'object:scripted', version: 'unknown' },
    });
  });

  it('writes a pointer of an older form as pointers are written now', async () => {
    const before = readFileSync(at.pointer, 'utf8');
    const pointer = JSON.parse(before) as Record<string, string>;
    const bare = { artifact: 'historical_echo.json', manifest: 'manifest.json' };
    await writeFile(at.pointer, JSON.stringify({ ...pointer, ...bare }));
    expect(await verifyTree(root)).toMatchObject({ sound: true, findings: [], notes: [] });
    await mend(root);
    expect(readFileSync(at.pointer, 'utf8')).toBe(before);
  });

  it('leaves a pointer that cannot be read, of a track that nothing is known of, and says so', async () => {
    await writeFile(at.layout.pointer('odd'), '{');
    const { findings, notes } = await mend(root);
    expect(findings).toMatchObject([{ class: 'corrupt', repaired: null }]);
    expect(notes).toContainEqual(
      expect.stringMatching(/^echo\/index\/odd\.json is left as it is, .*remove it yourself/),
    );
    expect(readFileSync(at.layout.pointer('odd'), 'utf8')).toBe('{');
  });

  it('says what the system refuses to move, and goes on with the rest', async () => {
    flip(at.artifact);
    await mkdir(join(at.layout.staging, 'gone-1'), { recursive: true });
    await mkdir(at.layout.quarantine, { recursive: true });
    const { findings, notes } = await asOrdinaryUser(root, async () => {
      chmodSync(at.layout.quarantine, 0o500);
      const report = await mend(root);
      chmodSync(at.layout.quarantine, 0o700);
      return report;
    });
    const repaired = findings.map((finding) => [finding.class, finding.repaired]);
    expect(repaired).toEqual([
      ['corrupt', null],
      ['leftover', 'cleared away'],
    ]);
    expect(notes).toContainEqual(expect.stringContaining(at.entry));
  });

  it('writes a pointer that is gone, and takes no entry for lost', async () => {
    const before = readFileSync(at.pointer);
    await rm(at.pointer);
    await verifyTree(root, {}, async (verify) => {
      await repair(verify, 'test');
      expect(verify.lost).toEqual([]);
    });
    expect(readFileSync(at.pointer).equals(before)).toBe(true);
  });

  it('finds the newest sound entry in the manifests where there is no job store', async () => {
    await rm(at.layout.jobs);
    flip(at.artifact);
    await mend(root);
    const [left = ''] = readdirSync(join(at.entry, '..'));
    expect(JSON.parse(readFileSync(at.pointer, 'utf8'))).toMatchObject({ source_hash: left });
  });

  it('clears away leftovers', async () => {
    await mkdir(join(at.layout.staging, 'gone-1'), { recursive: true });
    expect((await mend(root)).findings).toMatchObject([
      { class: 'leftover', repaired: 'cleared away' },
    ]);
    expect((await verifyTree(root)).findings).toEqual([]);
  });
});
