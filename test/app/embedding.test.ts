import { describe, expect, it } from 'vitest';
import { defineRunner, openBroker, type OpenBrokerOptions } from '../../src/index.ts';
import { tempDir } from '../helpers/temp-dir.ts';

const runner = defineRunner({
  name: 'nothing',
  version: '1',
  run: () => Promise.resolve(undefined),
});
class Quiet {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

describe('openBroker', () => {
  it.each([
    [{ concurrency: 0 }, /^openBroker: concurrency: expected at least 1$/],
    [{ concurrency: 1.5 }, /concurrency: expected a whole number/],
    [{ concurency: 2 }, /there is no option "concurency"/],
    [{ runner: 5 }, /runner: expected a spec/],
    [{ runner: { name: 'x', version: '1', run: () => undefined } }, /runner: .*defineRunner/],
    [{ root: '' }, /root: expected at least 1 character/],
    [{ work: 'some' }, /work: expected own, adopt, all, none/],
    [{ timeoutMs: 1e12 }, /timeoutMs: expected at most/],
    [{ graceMs: '5s' }, /graceMs: expected a number/],
    [{ logger: console.log }, /logger: expected an object with/],
    ['data', /options: expected an object/],
  ])('refuses %j by name', async (options, message) => {
    await expect(openBroker(options as unknown as OpenBrokerOptions)).rejects.toMatchObject({
      name: 'CabError',
      code: 'usage',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it('says what was meant', async () => {
    await expect(openBroker({ timeOutMs: 5 } as object)).rejects.toMatchObject({
      hint: 'Did you mean timeoutMs?',
      details: { option: 'timeOutMs' },
    });
  });

  it('takes all that there is, of any class', async () => {
    const root = await tempDir();
    const broker = await openBroker({
      root,
      runner,
      logger: new Quiet(),
      work: 'none',
      concurrency: 2,
      timeoutMs: 1000,
      graceMs: 0,
    });
    expect(await broker.counts()).toMatchObject({ pending: 0 });
    await broker.close();
  });
});
