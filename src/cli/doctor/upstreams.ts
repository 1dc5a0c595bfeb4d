/** The brokers behind this one: whether they answer, and take their tokens. */
import { ok, warning, type Check, type Result, type Subject } from './check.ts';

export const upstreamChecks: readonly Check[] = [{ name: 'upstreams', look: upstreams }];

/** An upstream that is away makes nothing fail, so it is a warning. */
async function upstreams({ options: { upstream } }: Subject): Promise<Result> {
  if (upstream === undefined) return ok('none is named');
  const { probeUpstreams } = await import('../../compose/upstream/open-exchange.ts');
  const probed = await probeUpstreams(upstream);
  const failed = probed.flatMap(({ problem }) => problem ?? []);
  const names = probed.map(({ name }) => name).join(', ');
  const [first] = failed;
  return first === undefined
    ? ok(`${names} ${probed.length === 1 ? 'answers' : 'answer'}`)
    : warning(failed.map(({ message }) => message).join('; '), first.hint);
}
