import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFileOf, findConfigFile } from '../../../src/cli/settings/config-file.ts';
import { Config, type GivenFlags } from '../../../src/cli/settings/config.ts';
import {
  allSettings,
  engine,
  job,
  runner,
  status,
  store,
} from '../../../src/cli/settings/flags.ts';
import { envOf, keyOf, type Setting } from '../../../src/cli/settings/setting.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const path = '/project/cab.config.json';

function config(said: {
  flags?: GivenFlags;
  env?: Record<string, string>;
  file?: unknown;
}): Config {
  const { flags = {}, env = {}, file } = said;
  const found = file === undefined ? undefined : configFileOf(path, file);
  return new Config({ flags, env, file: found, cwd: '/home/me' });
}

describe('a setting', () => {
  it('is the flag, else the variable, else the file, else the default', () => {
    const flags = { runner: 'exec:a' };
    const env = { CAB_RUNNER: 'exec:b' };
    const file = { runner: 'exec:c' };
    const all = [{ flags, env, file }, { env, file }, { file }, {}].map(config);
    expect(all.map((one) => one.get(runner.runner))).toEqual([
      'exec:a',
      'exec:b',
      'exec:c',
      'historical-echo',
    ]);
    expect(all.map((one) => one.source(runner.runner))).toEqual([
      '--runner',
      'CAB_RUNNER',
      path,
      'default',
    ]);
  });

  it('of a command has the command in its variable and its own section in the file', () => {
    expect(envOf(status.limit)).toBe('CAB_STATUS_LIMIT');
    expect(config({ env: { CAB_STATUS_LIMIT: '7' } }).get(status.limit)).toBe(7);
    expect(config({ file: { status: { limit: 8 } } }).get(status.limit)).toBe(8);
  });

  it('that is a path is relative to where it was written', () => {
    expect(config({ flags: { 'cas-root': 'x' } }).get(store.cas_root)).toBe('/home/me/x');
    expect(config({ env: { CAB_CAS_ROOT: 'x' } }).get(store.cas_root)).toBe('/home/me/x');
    expect(config({ file: { cas_root: 'x' } }).get(store.cas_root)).toBe('/project/x');
    expect(config({ file: {} }).get(store.cas_root)).toBe('/project/data/echo_cas');
    expect(config({}).get(store.cas_root)).toBe('/home/me/data/echo_cas');
    expect(config({ file: { runner: './r.mjs' } }).get(runner.runner)).toBe('/project/r.mjs');
    expect(config({ file: { runner: 'pkg:run' } }).get(runner.runner)).toBe('pkg:run');
  });

  it('that is a duration takes text and seconds', () => {
    expect(config({ flags: { timeout: '5m' } }).get(job.timeout)).toBe(300_000);
    expect(config({ file: { timeout: 90 } }).get(job.timeout)).toBe(90_000);
    expect(config({}).get(job.timeout)).toBeUndefined();
    expect(config({}).get(engine.lease)).toBe(30_000);
  });

  it('of named arguments adds up, the stronger source winning name by name', () => {
    const said = config({
      flags: { probe: ['top_k=5', 'tiers=a,b', 'deep={"x":[1]}'] },
      env: { CAB_PROBE: '{"year_min":1990,"top_k":6}' },
      file: { probe: { top_k: 7, table: 't' } },
    });
    expect(said.get(job.probe)).toEqual({
      top_k: 5,
      tiers: 'a,b',
      deep: { x: [1] },
      year_min: 1990,
      table: 't',
    });
    expect(said.source(job.probe)).toBe(`${path} + CAB_PROBE + --probe`);
  });

  it('keeps an argument named __proto__, which is a name like any other', () => {
    const said = config({ flags: { probe: ['__proto__=1', 'a={"__proto__":2}'] } });
    expect(JSON.stringify(said.get(job.probe))).toBe('{"__proto__":1,"a":{"__proto__":2}}');
  });

  it('that is a switch is turned off again by a stronger source', () => {
    expect(config({ env: { CAB_SUBMIT_FORCE: 'yes' } }).get(job.force)).toBe(true);
    expect(config({ flags: { force: false }, env: { CAB_SUBMIT_FORCE: '1' } }).get(job.force)).toBe(
      false,
    );
  });

  it.each<[Parameters<typeof config>[0], Setting, string, string]>([
    [{ flags: { timeout: 'soon' } }, job.timeout, '--timeout: expected a duration', 'usage'],
    [
      { env: { CAB_RETRIES: '-1' } },
      job.retries,
      'CAB_RETRIES: expected a whole',
      'config_invalid',
    ],
    [{ file: { priority: '3' } }, job.priority, `${path}: priority: expected`, 'config_invalid'],
    [{ flags: { probe: ['top_k'] } }, job.probe, '--probe: expected key=value', 'usage'],
    [{ file: { status: { limit: 0 } } }, status.limit, `${path}: status.limit`, 'config_invalid'],
  ])('that makes no sense is refused with its source: %j', (said, setting, message, code) => {
    const read = (): unknown => config(said).get(setting);
    expect(read).toThrow(expect.objectContaining({ code }));
    expect(read).toThrow(message);
  });

  it.each(allSettings.map((setting) => [envOf(setting), setting] as const))(
    'whose variable %s is empty is what the file says, else the default',
    (variable, setting) => {
      const env = { [variable]: '' };
      const value = valueFor(setting);
      const section = { [setting.name]: value };
      const file = setting.scope === null ? section : { [setting.scope]: section };
      const [both, alone] = [config({ env, file }), config({ env })];
      expect(both.source(setting)).toBe(path);
      expect(both.get(setting)).toEqual(config({ file }).get(setting));
      expect(alone.source(setting)).toBe('default');
      expect(alone.get(setting)).toEqual(config({}).get(setting));
    },
  );

  it('has a name of its own in the environment and in the file', () => {
    expect(new Set(allSettings.map(envOf)).size).toBe(allSettings.length);
    expect(new Set(allSettings.map(keyOf)).size).toBe(allSettings.length);
  });
});

/** Something that the file may hold for the setting, and that is not its default. */
function valueFor({ kind, schema }: Setting): unknown {
  const tried = [
    true,
    { n: 1 },
    ['x'],
    7,
    1 << 16,
    '3%',
    'keep',
    'http://h',
    '1/7',
    'done',
    'tier2_modern',
  ];
  const found = [...tried, 'info', 'full'].find((value) => schema().safeParse(value).success);
  if (found === undefined) throw new Error(`no value of the kind ${kind}`);
  return found;
}

describe('the configuration file', () => {
  it('is found from the working directory upward', async () => {
    const dir = await tempDir();
    await mkdir(join(dir, 'a/b'), { recursive: true });
    expect(await findConfigFile(join(dir, 'a/b'))).toBeUndefined();
    await writeFile(join(dir, 'cab.config.json'), '{"priority": 3}');
    const file = await findConfigFile(join(dir, 'a/b'));
    expect(file?.path).toBe(join(dir, 'cab.config.json'));
    expect(file?.value(job.priority)).toBe(3);
  });

  it.each([
    ['{"timeot": 3}', ': unknown key "timeot"; did you mean "timeout"?'],
    ['{"status": {"limits": 3}}', ': unknown key "status.limits"; did you mean "status.limit"?'],
    ['{"status": 3}', ': status: expected an object'],
    ['[]', ': expected an object of settings'],
    ['{"priority": 3\n"x": 1}', ', line 2, column 1: expected'],
    ['{"priority": NaN}', ': holds NaN or Infinity, which JSON does not have'],
  ])('is refused by name and place: %s', async (text, message) => {
    const dir = await tempDir();
    const file = join(dir, 'cab.config.json');
    await writeFile(file, text);
    await expect(findConfigFile(dir)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining(`${file}${message}`) as unknown,
      hint: expect.not.stringContaining('`cab config` ') as unknown,
    });
  });

  it('may begin with a byte order mark', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'cab.config.json'), '\uFEFF{"priority": 3}');
    expect((await findConfigFile(dir))?.value(job.priority)).toBe(3);
  });

  it('may name its schema', () => {
    expect(() => configFileOf(path, { $schema: 'x' })).not.toThrow();
  });
});
