import { describe, expect, it } from 'vitest';
import { eachOperand } from '../../src/cli/jobs/each-operand.ts';
import { exitCodeOf, exitCodeOfJob, exitCodes, Failures } from '../../src/cli/exit-codes.ts';
import type { Services } from '../../src/cli/services.ts';
import { CabError, catalogue, isErrorCode } from '../../src/core/model/errors.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { scriptedBroker } from '../helpers/scripted-broker.ts';
import { ScriptedRunner } from '../helpers/scripted-runner.ts';

describe('exit codes', () => {
  it.each([
    ['usage', 2],
    ['axes_missing', 2],
    ['not_found', 3],
    ['queue_busy', 4],
    ['wait_timeout', 5],
    ['hash_mismatch', 6],
    ['runner_failed', 1],
    ['internal', 1],
  ] as const)('of %s is %d', (code, exit) => expect(exitCodeOf(code)).toBe(exit));

  it('cover every error, with a text for people', () => {
    for (const code of Object.keys(catalogue).filter(isErrorCode))
      expect(exitCodes[exitCodeOf(code)]).toMatch(/\w/);
  });
});

describe('of several failures', () => {
  it('the first in the order of the command line decides, whenever each is known', () => {
    const failures = new Failures();
    for (const [at, code] of [
      [3, 6],
      [1, 4],
      [0, 0],
      [2, 5],
    ] as const)
      failures.add(at, code);
    expect(failures.exitCode).toBe(4);
    expect(new Failures().exitCode).toBe(0);
  });

  it.each([
    [['fine', 'not_found', 'hash_mismatch', 'usage'], 3],
    [['hash_mismatch', 'fine', 'not_found'], 6],
    [['fine'], 0],
  ] as const)('the first operand of %j decides, and each is asked', async (operands, code) => {
    const asked: string[] = [];
    const told: string[] = [];
    const stream = { write: (text: string) => told.push(text) > 0 };
    const services = { stdout: stream, stderr: stream, env: {} } as unknown as Services;
    const ended = await eachOperand(
      operands.map((name) => ({ name })),
      { services, json: false, flags: [] },
      async ({ name }) => {
        asked.push(name);
        if (name !== 'fine') throw new CabError(name, 'no luck');
      },
    );
    expect(ended).toBe(code);
    expect(asked).toEqual(operands);
    expect(told.map((text) => text.split('\n')[0])).toEqual(
      operands.filter((name) => name !== 'fine').map((name) => `error: ${name}: no luck`),
    );
  });
});

it('of a job is that of its failure, 1 where it was canceled, 0 where it is done or goes on', async () => {
  const runner = new ScriptedRunner();
  const broker = scriptedBroker(await tempDir(), runner);
  const run = async (text: string) =>
    broker.wait((await broker.submit({ features_text: text })).job_id);
  try {
    expect(exitCodeOfJob(await run('1'))).toBe(0);
    runner.behave = () => Promise.reject(new CabError('hash_mismatch', 'the bytes are others'));
    expect(exitCodeOfJob(await run('2'))).toBe(6);
    runner.behave = () => Promise.reject(new Error('no luck'));
    expect(exitCodeOfJob(await run('3'))).toBe(1);
    runner.behave = runner.untilAborted;
    const open = await broker.submit({ features_text: '4' });
    expect(exitCodeOfJob(open)).toBe(0);
    await broker.cancel(open.job_id);
    const canceled = await broker.wait(open.job_id);
    expect([canceled.status, exitCodeOfJob(canceled)]).toEqual(['canceled', 1]);
  } finally {
    await broker.close();
  }
});
