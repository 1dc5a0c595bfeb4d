import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SqliteLedger } from '../../../../src/stores/sqlite/ledger.ts';
import { CollectedRoot } from '../../../helpers/collected-root.ts';
import { age, collect, day, verdicts } from '../../../helpers/collection.ts';

const at = new CollectedRoot();

describe('--max-size', () => {
  it('takes the least recently read of what only its age keeps, until the rest fits', async () => {
    const jobs = [
      await at.done('1'),
      await at.done('2'),
      await at.done('3'),
      await at.done('t', 'track'),
    ];
    age(at.root, 2 * day);
    const [one, two, three] = jobs.map(({ source_hash }) => source_hash);
    const ledger = await SqliteLedger.open(at.layout.ledger);
    const key = { config_hash: jobs[0]?.config_hash ?? '', source_hash: one ?? '' };
    await ledger.rememberReads([{ key, at: Date.now() - 5 * 3_600_000 }]);
    await ledger.close();
    const { entries } = await collect(at.root, { maxSize: 1, dryRun: true });
    expect(entries).toMatchObject({ removed: 3, kept: 1, over: expect.any(Number) });
    expect(entries.over).toBeGreaterThan(0);
    const bytes = entries.removed_bytes / 3;
    const maxSize = Math.ceil((entries.kept_bytes ?? 0) + bytes);
    const report = await collect(at.root, { maxSize });
    expect(Object.keys(verdicts(report)).sort()).toEqual([two, three].sort());
    expect(report.entries).toMatchObject({ over: 0, kept: 2 });
    expect(report.entries.kept_bytes).toBeLessThanOrEqual(maxSize);
  });

  it('makes no room for what goes for its age', async () => {
    await at.done('old');
    age(at.root);
    const young = await at.done('young');
    const now = Date.now() + day / 2;
    const { entries } = await collect(at.root, { now, dryRun: true });
    // There is room for one of the two, which are of about the same size.
    const maxSize = 1.5 * entries.removed_bytes;
    const report = await collect(at.root, { now, maxSize });
    expect(report.entries).toMatchObject({ removed: 1, kept: 1, over: 0 });
    expect(existsSync(at.place(young))).toBe(true);
  });

  it('leaves what was used within the last hour, and says that the rest is too much', async () => {
    await at.done('1');
    const { entries, notes } = await collect(at.root, { maxSize: 1 });
    expect(entries).toMatchObject({ removed: 0, kept: 1 });
    expect(notes).toEqual([expect.stringContaining('above --max-size')]);
  });
});
