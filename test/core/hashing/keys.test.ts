/**
 * What keys are made of, frozen: files and a submission in, key out. Those of the built-in runner and of Python callables
 * with JSON inputs were taken from the program before keys of programs and of other formats changed (adr/0018).
 */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { sealed } from '../../../src/core/hashing/manifest-seal.ts';
import { parseExact } from '../../../src/core/model/json/exact-json.ts';
import { configHash } from '../../../src/core/hashing/config-hash.ts';
import { brokerOnRoot } from '../../../src/compose/stores/broker-on-root.ts';
import { jsonObjectSchema } from '../../../src/core/model/json/json.ts';
import { manifestSchema } from '../../../src/core/model/entry/manifest.ts';
import { resolveRunner } from '../../../src/compose/resolve-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const keyed = z.object({
  about: z.string(),
  /** By path. `base64:…` is bytes, `link:…` a link; what lies in `bin`, or is called `tool`, is a program. */
  files: z.record(z.string(), z.string()),
  runner: z.string(),
  artifactName: z.optional(z.string()),
  request: z.record(z.string(), z.unknown()),
  config: jsonObjectSchema,
  key: z.object({ config_hash: z.string(), source_hash: z.string() }),
});
const seal = z.object({ about: z.string(), manifest: manifestSchema, manifest_sha256: z.string() });
const lines = readFileSync(join(import.meta.dirname, '../../fixtures/keys.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map(parseExact);
const isSeal = (line: unknown): boolean => line instanceof Object && 'manifest' in line;
const vectors = lines.filter((line) => !isSeal(line)).map((line) => keyed.parse(line));
const seals = lines.filter(isSeal).map((line) => seal.parse(line));

function write(root: string, [name, content]: [string, string]): void {
  const file = join(root, name);
  mkdirSync(dirname(file), { recursive: true });
  if (content.startsWith('link:')) symlinkSync(content.slice('link:'.length), file);
  else if (content.startsWith('base64:'))
    writeFileSync(file, Buffer.from(content.slice(7), 'base64'));
  else writeFileSync(file, content);
  if (/(?:^|\/)(?:tool(?:\.sh)?)$/.test(name)) chmodSync(file, 0o755);
}

describe('the key', () => {
  it.each(vectors)('of $about', async ({ files, runner, artifactName, request, config, key }) => {
    const cwd = await tempDir();
    for (const file of Object.entries(files)) write(cwd, file);
    const PATH = join(cwd, 'bin');
    const env = { ...process.env, PATH, HOME: cwd, PYTHONPATH: undefined };
    const broker = brokerOnRoot({
      ...{ root: join(cwd, 'root'), cwd, runner, artifactName: artifactName ?? null },
      ...{ manifestName: 'manifest.json', work: 'none', concurrency: 1, leaseMs: 30_000 },
      ...{ graceMs: 1000, timeoutMs: null, maxAttempts: 1, queueLimit: 10, version: 'test' },
      resolveRunner: (spec) => resolveRunner(spec, { cwd, env }),
    });
    try {
      expect(await broker.explain(request)).toMatchObject({ config, key });
      expect(configHash(config)).toBe(key.config_hash);
    } finally {
      await broker.close();
    }
  });
});

describe('the seal', () => {
  it.each(seals)('of $about', ({ manifest, manifest_sha256 }) => {
    expect(sealed(manifest)['manifest_sha256']).toBe(manifest_sha256);
  });
});
