import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBroker, type OpenBrokerOptions } from '../../../src/index.ts';
import { ScriptedRunner } from '../../helpers/scripted-runner.ts';
import { served } from '../../helpers/served.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const input = { tempo: 1 };

describe.each(['directory', 'memory'] as const)('a program with an upstream, store %s', (store) => {
  const open = async (options: OpenBrokerOptions) => {
    const runner = new ScriptedRunner();
    const root = join(await tempDir(), 'root');
    return { runner, broker: await openBroker({ ...options, store, root, runner }) };
  };

  it('takes results over, and sends its own before it is closed', async () => {
    const far = await served({ tokens: [{ token: 'secret', role: 'write' }] });
    const upstream = { upstream: far.url, upstreamToken: 'secret' };
    const first = await open({ ...upstream, upstreamPush: true });
    const computed = await first.broker.run({ input });
    expect(computed).toMatchObject({ cached: false, job: { upstream: null } });
    await first.broker.close();
    const second = await open(upstream);
    const hit = await second.broker.run({ input });
    expect(hit).toMatchObject({ cached: true, job: { upstream: far.url } });
    expect(await hit.text()).toBe('computed from {"tempo":1}');
    expect(second.runner.calls).toBe(0);
    await second.broker.close();
  });

  it('is told by its log if the upstream is away', async () => {
    const told: string[] = [];
    const tell = (_: object, text: string): void => void told.push(text);
    const logger = { debug: () => undefined, info: () => undefined, warn: tell, error: tell };
    const { broker } = await open({ upstream: ['http://127.0.0.1:1'], logger });
    expect((await broker.run({ input })).cached).toBe(false);
    await broker.close();
    expect(told.join()).toContain('http://127.0.0.1:1');
  });
});

it.each<[string, OpenBrokerOptions]>([
  ['a URL that is none', { upstream: 'box' }],
  ['a password in the URL', { upstream: 'http://me:pass@box' }],
  ['a token that fits several', { upstream: ['http://a', 'http://b'], upstreamToken: 'x' }],
  ['no time to wait', { upstream: 'http://a', upstreamWaitMs: 0 }],
])('refuses %s', async (_, options) => {
  await expect(openBroker(options)).rejects.toMatchObject({ code: 'usage' });
});
