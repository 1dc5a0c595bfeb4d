/** Arguments on their way through the built program: flags, configuration file, HTTP, job store, runner. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { cab } from '../helpers/cab.ts';
import { daemonProcess } from '../helpers/daemon-process.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const below = '9007199254740992';
const above = '9007199254740993';
const module = `import { writeFile } from 'node:fs/promises';
export const version = '1';
export const run = ({ artifact_path, seed }) => writeFile(artifact_path, String(seed));
`;
const callable = `def run(*, out_root, probe_kwargs, seed=None):
    artifact = out_root / "artifact.json"
    artifact.write_text(f"{type(seed).__name__} {seed} {probe_kwargs.get('seed')}")
    return artifact
`;
let cwd: string;

beforeEach(async () => {
  cwd = await tempDir();
  await writeFile(join(cwd, 'in.json'), '{"a":1}');
  await writeFile(join(cwd, 'seeded.mjs'), module);
  await writeFile(join(cwd, 'seeded.py'), callable);
});

const explained = z.object({ key: z.object({ config_hash: z.string() }) });
const keyOf = async (...args: string[]): Promise<string> => {
  const { stdout } = await cab(['explain', 'in.json', '--json', ...args], { cwd });
  return explained.parse(JSON.parse(stdout)).key.config_hash;
};
const artifactOf = async (...args: string[]): Promise<string> => {
  const { stdout, stderr } = await cab(['submit', 'in.json', '--wait', ...args], { cwd });
  const place = stdout.trim().split(/ {2,}/)[2];
  if (place === undefined || !place.startsWith('/')) throw new Error(stdout + stderr);
  return readFile(place, 'utf8');
};

describe('two integers that are one double', () => {
  it.each(['--runner-arg', '--probe'])('are two keys as %s', async (flag) => {
    const runner = ['--runner', 'seeded:run'];
    const keys = [
      await keyOf(...runner, flag, `seed=${below}`),
      await keyOf(...runner, flag, `seed=${above}`),
    ];
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('are two keys in a configuration file', async () => {
    const keys = [];
    for (const seed of [below, above]) {
      const settings = `{"runner":"seeded:run","runner_arg":{"seed":${seed}}}`;
      await writeFile(join(cwd, 'cab.config.json'), settings);
      keys.push(await keyOf());
    }
    expect(keys[0]).not.toBe(keys[1]);
  });

  it('reach Python, programs and shell lines digit for digit', async () => {
    const args = ['--runner-arg', `seed=${above}`, '--probe', `seed=1${above}`];
    expect(await artifactOf('--runner', 'seeded:run', ...args)).toBe(`int ${above} 1${above}`);
    expect(await artifactOf('--runner', 'exec:echo {arg.seed} {probe}', ...args)).toBe(
      `${above} {"seed":1${above}}\n`,
    );
    const line = 'sh:cat; echo "$CAB_RUNNER_KWARGS_JSON"';
    expect(await artifactOf('--runner', line, ...args)).toMatch(
      new RegExp(`"seed":1${above}.*"seed":${above}.*\\{"seed":${above}\\}\n$`),
    );
  });

  it('reach them through a daemon as well', async () => {
    const daemon = await daemonProcess({
      root: join(cwd, 'served'),
      args: ['--runner', 'seeded:run'],
      cwd,
    });
    const { url } = daemon;
    const bodies = [below, above].map(
      (seed) => `{"features":{"a":1},"runner_kwargs":{"seed":${seed}}}`,
    );
    const hashes = new Set<unknown>();
    for (const body of bodies) {
      const answer = await fetch(`${url}/echo/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', prefer: 'wait=30' },
        body,
      });
      const job = z
        .object({ config_hash: z.string(), result: z.object({ artifact_path: z.string() }) })
        .parse(await answer.json());
      hashes.add(job.config_hash);
      if (body === bodies[1])
        expect(await readFile(job.result.artifact_path, 'utf8')).toBe(`int ${above} None`);
    }
    expect(hashes.size).toBe(2);
    expect(await artifactOf('--url', url, '--runner-arg', `seed=1${above}`)).toBe(
      `int 1${above} None`,
    );
  });
});

describe('what cannot be carried', () => {
  it('is refused by name where a module would get another integer', async () => {
    const args = ['--runner', './seeded.mjs', '--runner-arg'];
    const refused = await cab(['submit', 'in.json', ...args, `seed=${above}`], { cwd });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`runner_kwargs.seed: ${above}`);
    expect(await artifactOf(...args, 'seed=9007199254740994')).toBe('9007199254740994');
  });

  it('is refused by name where no double holds it', async () => {
    for (const flag of ['--runner-arg', '--probe']) {
      const { code, stderr } = await cab(['submit', 'in.json', flag, 'x=1e400'], { cwd });
      expect(code).toBe(2);
      expect(stderr).toContain(`error: ${flag}: x: expected a number`);
    }
  });
});
