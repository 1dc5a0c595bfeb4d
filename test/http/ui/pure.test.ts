import { describe, expect, it } from 'vitest';
import { fieldsOf, readEvents } from '../../../src/http/ui/data/event-reader.ts';
import * as is from '../../../src/http/ui/data/shape.ts';
import { age, bytes, duration, percent } from '../../../src/http/ui/format/format.ts';
import { commandOf, curlOf, quoted } from '../../../src/http/ui/pages/job/repeat-command.ts';
import { phasesOf, stepsOf } from '../../../src/http/ui/pages/job/phases.ts';

describe('the reading of events', () => {
  it('gives each event once, however the answer is cut', async () => {
    const text =
      'id: 4\n\n:\n\nid: 5\nevent: done\ndata: {"a":"b: c"}\n\nevent: end\ndata:\n\nid: 9';
    for (let size = 1; size < 12; size += 1) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
          controller.close();
        },
      });
      const taken: unknown[] = [];
      await readEvents(new Response(stream), (...event) => taken.push(event));
      expect(taken).toEqual([
        ['', '4', undefined],
        ['{"a":"b: c"}', '5', 'done'],
        ['', undefined, 'end'],
      ]);
    }
  });

  it('takes a field with and without a space', () => {
    expect([...fieldsOf('data:x\nid: 7')]).toEqual([
      ['data', 'x'],
      ['id', '7'],
    ]);
  });
});

describe('the check of an answer', () => {
  const shape = is.object({
    name: is.string,
    sizes: is.list(is.number),
    state: is.oneOf(['on', 'off']),
    note: is.nullable(is.string),
    by: is.record(is.boolean),
  });

  it('gives the members that it knows, and null for what is absent', () => {
    const given = { name: 'a', sizes: [1], state: 'on', by: { x: true }, more: 1 };
    expect(shape(given, '')).toEqual({
      ...{ name: 'a', sizes: [1], state: 'on', note: null, by: { x: true } },
    });
  });

  it.each([
    [{ name: 1, sizes: [], state: 'on', by: {} }, 'name: expected text'],
    [{ name: 'a', sizes: ['1'], state: 'on', by: {} }, 'sizes.0: expected a number'],
    [{ name: 'a', sizes: [], state: 'up', by: {} }, 'state: expected on or off'],
    [{ name: 'a', sizes: [], state: 'on', by: { x: 0 } }, 'by.x: expected true or false'],
    [[], 'the answer: expected an object'],
  ])('names what does not fit', (given, message) => {
    expect(() => shape(given, '')).toThrow(message);
    expect(is.lenient(shape)(given, '')).toBeNull();
  });
});

describe('figures', () => {
  it('are as short as they can be', () => {
    expect([0, 999, 1500, 12_345, 2_000_000_000].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.5 kB',
      '12 kB',
      '2.0 GB',
    ]);
    expect([3, 12_400, 200_000, 7_500_000, 360_000_000].map(duration)).toEqual([
      ...['3 ms', '12.4 s', '3 min 20 s', '2 h 5 min', '4 d 4 h'],
    ]);
    expect([900, 59_000, 3_600_000, 172_800_000].map(age)).toEqual(['now', '59 s', '1 h', '2 d']);
    expect([percent(1, 3), percent(0, 0), percent(2, 2)]).toEqual(['33.3 %', '–', '100 %']);
  });
});

describe('the line that repeats a job', () => {
  const request = {
    features_path: "/in/it's here.json",
    track_id: 'a b',
    db_path: '/spine.db',
    probe: { top_k: 20, tiers: 'tier1_modern' },
    timeout_s: 30,
    max_attempts: 3,
  };

  it('is a command of a shell, quoted', () => {
    expect(commandOf(request, 'sh:cat {input}').replaceAll(' \\\n  ', ' ')).toBe(
      "cab submit '/in/it'\\''s here.json' --runner 'sh:cat {input}' --track 'a b' --db /spine.db --timeout 30s " +
        '--probe top_k=20 --probe tiers=tier1_modern --retries 2 --wait',
    );
    expect(quoted('$(rm -rf ~)')).toBe("'$(rm -rf ~)'");
  });

  it('is a request with curl', () => {
    expect(curlOf({ features_path: '/a.json' }, 'http://127.0.0.1:8099')).toContain(
      `-d '{"features_path":"/a.json"}'`,
    );
  });
});

describe('the life of a job', () => {
  const at = (ms: number): string => new Date(ms).toISOString();
  const event = (type: string, ms: number, attempt = 0) => ({
    type,
    at: at(ms),
    attempt,
    data: {},
  });

  it('is phases between its events', () => {
    const events = [
      event('submitted', 0),
      event('started', 10, 1),
      event('retrying', 50, 1),
      event('started', 90, 2),
      event('done', 190, 2),
    ];
    expect(phasesOf(events, 180)).toEqual([
      { kind: 'waiting', name: 'waiting', from: 0, to: 10, isFailed: false },
      { kind: 'attempt', name: 'attempt 1', from: 10, to: 50, isFailed: true },
      { kind: 'waiting', name: 'waiting again', from: 50, to: 90, isFailed: false },
      { kind: 'attempt', name: 'attempt 2', from: 90, to: 180, isFailed: false },
      { kind: 'publishing', name: 'settling', from: 180, to: 190, isFailed: false },
    ]);
    expect(stepsOf(events, at(180)).map(({ name }) => name)).toEqual([
      ...['submitted', 'started', 'failed, tried again', 'started', 'published', 'settled: done'],
    ]);
  });

  it('goes on while it has no end', () => {
    expect(phasesOf([event('submitted', 0), event('started', 5, 1)], null).at(-1)).toMatchObject({
      to: null,
    });
  });
});
