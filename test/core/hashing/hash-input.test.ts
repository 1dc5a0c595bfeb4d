import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, sha256File } from '../../../src/core/hashing/digest.ts';
import { fingerprintOf } from '../../../src/core/hashing/fingerprint.ts';
import { hashInput, hashSent } from '../../../src/core/hashing/hash-input.ts';
import { type InputFormat } from '../../../src/core/model/runner/runner-identity.ts';
import { readInputFile } from '../../../src/core/hashing/input-file.ts';
import { asOrdinaryUser } from '../../helpers/ordinary-user.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cab-hash-input-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const refusal = async (path: string, format: InputFormat): Promise<unknown> =>
  hashInput(path, format).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a JSON input', () => {
  it('is hashed by its canonical form, its bytes at hand', async () => {
    const text = '{ "b": 1.50, "a": 2 }\n';
    const path = file('song.json', text);
    const input = await hashInput(path, 'any');
    expect(input).toEqual({
      source_hash: sha256('{"a":2,"b":1.5}'),
      json: true,
      bytes: Buffer.from(text),
      size: text.length,
      fingerprint: fingerprintOf(statSync(path, { bigint: true })),
      isSettled: expect.any(Boolean) as boolean,
    });
  });

  it('may have any name where the runner reads JSON alone', async () => {
    expect(await hashInput(file('song.features', '[1.0 ]'), 'json')).toMatchObject({
      source_hash: sha256('[1.0]'),
      json: true,
    });
  });

  it.each([
    ['song.features', 'json'],
    ['song.json', 'any'],
    ['SONG.JSON', 'any'],
  ] as const)('that is broken is refused: %s as %s', async (name, format) => {
    const path = file(name, '{"tempo": 120,\n "valence": .5}');
    expect(await refusal(path, format)).toMatchObject({
      code: 'invalid_json',
      message: `${path}, line 2, column 13: expected a value, found "."`,
      details: { line: 2, column: 13 },
    });
  });

  it('that is white space alone is empty', async () => {
    expect(await refusal(file('song.json', ' \r\n\t'), 'json')).toMatchObject({
      code: 'input_empty',
    });
  });

  it('that no buffer holds is refused before it is read', async () => {
    const path = file('song.json', '1');
    truncateSync(path, 2 ** 31);
    expect(await refusal(path, 'json')).toMatchObject({
      code: 'input_too_large',
      message: `${path} has ${2 ** 31} bytes: 2 GiB are too many to be held in memory`,
      details: { path, size: 2 ** 31, limit: 2 ** 31 - 1 },
    });
  });
});

describe('a raw input', () => {
  it('is hashed by its bytes', async () => {
    const path = file('song.wav', Buffer.from([0, 255, 1]));
    expect(await hashInput(path, 'any')).toEqual({
      source_hash: sha256(Buffer.from([0, 255, 1])),
      json: false,
      bytes: null,
      size: 3,
      fingerprint: fingerprintOf(statSync(path, { bigint: true })),
      isSettled: expect.any(Boolean) as boolean,
    });
  });

  it('is raw even where it looks like JSON', async () => {
    const text = '{ "a": 1 }';
    expect((await hashInput(file('song.txt', text), 'any')).source_hash).toBe(sha256(text));
  });

  it('is never held in memory as a whole', async () => {
    const path = file('song.wav', 'x');
    truncateSync(path, 200 * 2 ** 20);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 1);
    const { source_hash } = await hashInput(path, 'any');
    clearInterval(watch);
    expect(most).toBeLessThan(20 * 2 ** 20);
    expect(source_hash).toBe(await sha256File(path));
  });
});

describe('an empty input', () => {
  it('is refused as JSON', async () => {
    expect(await refusal(file('song', ''), 'json')).toMatchObject({ code: 'input_empty' });
    expect(await refusal(file('song.json', ''), 'any')).toMatchObject({ code: 'input_empty' });
  });

  it.each(['song.json', 'song'])('is an input like any other as bytes: %s', async (name) => {
    expect(await hashInput(file(name, ''), 'bytes')).toMatchObject({
      source_hash: sha256(''),
      json: false,
      size: 0,
    });
  });

  it('is not what only says that it is empty', async () => {
    expect(await refusal('/proc/self/status', 'bytes')).toMatchObject({ code: 'input_not_file' });
  });
});

describe('an input that was sent', () => {
  it('is JSON as text, unless the runner reads bytes', () => {
    const sent = { text: '{ "a": 1 }\n' };
    expect(hashSent(sent, 'x', 'any').source_hash).toBe(sha256('{"a":1}'));
    expect(hashSent(sent, 'x', 'json').source_hash).toBe(sha256('{"a":1}'));
    expect(hashSent(sent, 'x', 'bytes').source_hash).toBe(sha256(sent.text));
  });

  it('is bytes as bytes, unless the runner reads JSON', () => {
    const sent = { bytes: Buffer.from('[1.0 ]') };
    expect(hashSent(sent, 'x', 'any').source_hash).toBe(sha256('[1.0 ]'));
    expect(hashSent(sent, 'x', 'json').source_hash).toBe(sha256('[1.0]'));
    expect(() => hashSent({ bytes: Buffer.from([0xff]) }, 'features', 'json')).toThrow(
      expect.objectContaining({ code: 'invalid_json' }) as Error,
    );
  });
});

describe.each(['json', 'any'] as const)('an input that is none, as %s', (format) => {
  it('is not there', async () => {
    const path = join(directory, 'absent.json');
    expect(await refusal(path, format)).toMatchObject({
      code: 'input_not_found',
      message: `${path} does not exist`,
    });
  });

  it('is below a file', async () => {
    const path = join(file('song.json', '1'), 'deeper');
    expect(await refusal(path, format)).toMatchObject({ code: 'input_not_found' });
  });

  it('is no path', async () => {
    expect(await refusal('a\0b', format)).toMatchObject({ code: 'input_not_found' });
  });

  it('is a link to nowhere, or to itself', async () => {
    const path = join(directory, 'link');
    symlinkSync(join(directory, 'absent'), path);
    expect(await refusal(path, format)).toMatchObject({ code: 'input_not_found' });
    const circle = join(directory, 'circle');
    symlinkSync(circle, circle);
    expect(await refusal(circle, format)).toMatchObject({ code: 'input_unreadable' });
  });

  it('is a directory', async () => {
    const path = join(directory, 'songs.json');
    mkdirSync(path);
    expect(await refusal(path, format)).toMatchObject({
      code: 'input_not_file',
      message: `${path} is a directory`,
    });
  });

  it('is a named pipe that nobody writes to', async () => {
    const path = join(directory, 'pipe');
    execFileSync('mkfifo', [path]);
    expect(await refusal(path, format)).toMatchObject({ code: 'input_not_file' });
  });

  it('is a device', async () => {
    expect(await refusal('/dev/null', format)).toMatchObject({ code: 'input_not_file' });
  });

  it('is a socket', async () => {
    const path = join(directory, 'socket');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      expect(await refusal(path, format)).toMatchObject({ code: 'input_not_file' });
    } finally {
      server.close();
    }
  });

  it('may not be read', async () => {
    const path = file('song.json', '1');
    chmodSync(path, 0);
    await asOrdinaryUser(directory, async () =>
      expect(await refusal(path, format)).toMatchObject({ code: 'input_unreadable' }),
    );
  });
});

describe('an input that changes while it is read', () => {
  it.each<[string, (path: string) => void]>([
    ['grows', (path) => appendFileSync(path, ',2]')],
    ['shrinks', (path) => truncateSync(path, 1)],
    ['keeps its size', (path) => utimesSync(path, 1, 1)],
  ])('%s', async (_, change) => {
    const path = file('song.json', '[1');
    const reading = readInputFile(path, async () => {
      change(path);
    });
    await expect(reading).rejects.toMatchObject({ code: 'input_changed', details: { path } });
  });
});

describe('fingerprintOf', () => {
  it('changes with the bytes, and not by reading', async () => {
    const path = file('song.json', '1');
    const { fingerprint } = await hashInput(path, 'json');
    expect((await hashInput(path, 'json')).fingerprint).toBe(fingerprint);
    appendFileSync(path, '2');
    expect((await hashInput(path, 'json')).fingerprint).not.toBe(fingerprint);
    expect(fingerprint).toMatch(/^\d+:\d+:1:\d{19}:\d{19}$/);
  });
});
