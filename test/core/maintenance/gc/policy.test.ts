import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cut,
  decide,
  defaultPolicy,
  type EntryFacts,
  type GcPolicy,
  type Need,
} from '../../../../src/core/maintenance/gc/policy.ts';

const now = Date.UTC(2026, 0, 1);
const hour = 3_600_000;
const day = 24 * hour;

const need: fc.Arbitrary<Need> = fc.oneof(
  fc.constant<Need>({ by: 'job', job_id: 'j' }),
  fc.constant<Need>({ by: 'pin' }),
  fc.constant<Need>({ by: 'pointer', track_id: 't' }),
  fc.constant<Need>({ by: 'latest', track_id: 't', rank: 2 }),
  fc.constant<Need>({ by: 'left', track_id: 't' }),
);
const moment = fc.integer({ min: now - 100 * day, max: now + 10 * day });
const factsOf = (needs: fc.Arbitrary<Need | undefined>): fc.Arbitrary<EntryFacts> =>
  fc.record({ need: needs, modified: moment, read: fc.option(moment, { nil: undefined }) });
const facts = factsOf(fc.option(need, { nil: undefined }));
const policy: fc.Arbitrary<GcPolicy> = fc
  .record({
    keepMs: fc.integer({ min: 0, max: 90 * day }),
    settleMs: fc.integer({ max: day, min: 0 }),
  })
  .map((some) => ({ ...defaultPolicy, ...some }));

describe('the policy', () => {
  it('keeps what is needed, whatever its age, and never gives it up for room', () => {
    fc.assert(
      fc.property(factsOf(need), policy, (entry, rule) => {
        const verdict = decide(entry, rule, now);
        return verdict.action === 'keep' && !verdict.yields;
      }),
    );
  });

  it('removes nothing but what is unneeded, old, unread and not of the future', () => {
    fc.assert(
      fc.property(facts, policy, (entry, rule) => {
        const gone = decide(entry, rule, now).action === 'remove';
        const old = now - entry.modified >= Math.max(rule.keepMs, rule.settleMs);
        const unread = entry.read === undefined || now - entry.read >= rule.settleMs;
        return gone === (entry.need === undefined && entry.modified <= now && old && unread);
      }),
    );
  });

  it('gives up for room only what nothing but its age keeps, and nobody used a moment ago', () => {
    fc.assert(
      fc.property(facts, policy, (entry, rule) => {
        const { yields, action } = decide(entry, rule, now);
        if (!yields) return true;
        const use = Math.max(entry.modified, entry.read ?? 0);
        return action === 'keep' && entry.need === undefined && now - use >= rule.settleMs;
      }),
    );
  });

  it('keeps more the longer it is told to', () => {
    fc.assert(
      fc.property(facts, policy, fc.integer({ min: 0, max: 90 * day }), (entry, rule, more) => {
        const longer = { ...rule, keepMs: rule.keepMs + more };
        return (
          decide(entry, rule, now).action === 'remove' ||
          decide(entry, longer, now).action === 'keep'
        );
      }),
    );
  });

  it('says why, in words that name who needs it', () => {
    const reason = (more: Partial<EntryFacts>, rule: Partial<GcPolicy> = {}) =>
      decide(
        { need: undefined, modified: now - 40 * day, read: undefined, ...more },
        { ...defaultPolicy, ...rule },
        now,
      ).reason;
    expect(reason({ need: { by: 'job', job_id: 'J' } })).toBe('job J');
    expect(reason({ need: { by: 'pin' } })).toBe('pinned');
    expect(reason({ need: { by: 'pointer', track_id: 'X' } })).toBe('pointer of track X');
    const latest: Need = { by: 'latest', track_id: 'X', rank: 3 };
    expect(reason({ need: latest }, { keepLast: 5 })).toBe('one of the last 5 of track X');
    expect(reason({ need: { by: 'left', track_id: 'X' } })).toBe('track X led to it a moment ago');
    expect(reason({ modified: now - 3 * day })).toBe('younger than 30d');
    expect(reason({ read: now - 1000 })).toBe('in use a moment ago');
    expect(reason({ modified: now + 3 * day })).toBe('its time lies ahead of the clock');
    expect(reason({})).toBe('no track needs it, older than 30d');
  });
});

describe('making room', () => {
  const one = fc.record({ bytes: fc.nat(1000), lastUse: fc.nat(1000) });

  it('takes the least recently used, as many as it takes, and not one more', () => {
    fc.assert(
      fc.property(fc.array(one), fc.integer({ min: -100, max: 20_000 }), (all, excess) => {
        const going = cut(all, excess);
        const stays = all.filter((entry) => !going.has(entry));
        const saved = [...going].reduce((sum, { bytes }) => sum + bytes, 0);
        const oldest = Math.min(...stays.map(({ lastUse }) => lastUse));
        const inOrder = [...going].every(({ lastUse }) => lastUse <= oldest);
        const last = [...going].at(-1);
        const isEnough = saved >= excess || stays.length === 0;
        const noMore = last === undefined || saved - last.bytes < excess;
        return inOrder && isEnough && noMore;
      }),
    );
  });
});
