import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { CabError } from '../../../src/core/model/errors.ts';
import { runCommand } from '../../helpers/run-command.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

describe('what submit says at its end', () => {
  let cwd: string;
  let runner: ScriptedRunner;
  beforeEach(async () => {
    cwd = await tempDir();
    runner = new ScriptedRunner();
    runner.behave = async (call) => {
      await new Promise((resolve) => setTimeout(resolve, 15));
      const input = runner.seen.at(-1) ?? call.run_id;
      if (!input.includes('fail')) return undefined;
      throw new CabError('runner_failed', 'runner scripted: broke', {
        details: { runner: 'scripted', exit_code: 3, last_lines: ['first', 'last \u001b[31m'] },
      });
    };
    for (const name of ['a', 'b', 'c']) await writeFile(join(cwd, `${name}.json`), `["${name}"]`);
    await writeFile(join(cwd, 'd.json'), '["fail"]');
  });
  const submit = (words: string, isTerminal = false) =>
    runCommand(['submit', ...words.split(' ')], { cwd, runner, isTerminal });

  it('is what was a hit, what was computed, and what was saved', async () => {
    expect((await submit('a.json')).stderr).toMatch(/^computed in [\d.]+m?s\n$/);
    expect((await submit('a.json')).stderr).toMatch(/^hit, \d+ms saved\n$/);
    expect((await submit('a.json b.json c.json')).stderr).toMatch(
      /^3 jobs: 1 hit, 2 computed \([\d.]+m?s of work\), [\d.]+m?s saved\n$/,
    );
    expect((await submit('a.json d.json')).stderr).toMatch(
      /\n2 jobs: 1 hit, 1 failed, \d+ms saved\n$/,
    );
  });

  it('is nothing where programs read, and where nothing was run', async () => {
    expect((await submit('a.json --json')).stderr).toBe('');
    expect((await submit('b.json --enqueue')).stderr).toBe('');
  });

  it('is preceded by the last lines of a runner that failed, as the terminal may show them', async () => {
    const { code, stderr } = await submit('d.json');
    expect(code).toBe(1);
    expect(stderr).toContain('broke\n  | first\n  | last \u001b[31m\n  hint: ');
    expect((await submit('d.json', true)).stderr).toContain('last ^[[31m');
  });
});
