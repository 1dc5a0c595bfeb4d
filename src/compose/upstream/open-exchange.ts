/** Puts the exchange together, and asks upstreams whether they answer. Loaded with the first question to an upstream. */
import { randomUUID } from 'node:crypto';
import { UpstreamExchange } from '../../core/engine/exchange/upstream-exchange.ts';
import { CabError } from '../../core/model/errors.ts';
import { HttpUpstream } from '../../http/client/upstream/http-upstream.ts';
import type { ExchangeParts, UpstreamOptions } from './upstream-options.ts';

/** Milliseconds. A daemon has the time; a command ends soon after its jobs. */
const pausesMs = { patient: [1000, 5000, 30_000, 120_000], impatient: [500] };

export function openExchange(options: UpstreamOptions, parts: ExchangeParts): UpstreamExchange {
  const { mostBytes, tell, pushes, isPatient, closingMs, interruption } = options;
  const patience = {
    pausesMs: isPatient ? pausesMs.patient : pausesMs.impatient,
    closingMs,
    signal: interruption(),
  };
  return new UpstreamExchange({
    ...parts,
    ...{ mostBytes, tell },
    upstreams: upstreamsOf(options),
    id: randomUUID(),
    push: pushes ? patience : undefined,
  });
}

export interface ProbedUpstream {
  readonly name: string;
  /** Undefined: it answers. */
  readonly problem: CabError | undefined;
}

/** Asks each upstream whether it answers and takes the token. */
export async function probeUpstreams(
  options: Pick<UpstreamOptions, 'places' | 'waitMs'>,
): Promise<ProbedUpstream[]> {
  return Promise.all(
    upstreamsOf(options).map(async (upstream): Promise<ProbedUpstream> => {
      const { name } = upstream;
      try {
        await upstream.probe(new AbortController().signal);
        return { name, problem: undefined };
      } catch (error) {
        if (!(error instanceof CabError)) throw error;
        return { name, problem: error };
      } finally {
        await upstream.close();
      }
    }),
  );
}

const upstreamsOf = ({ places, waitMs }: Pick<UpstreamOptions, 'places' | 'waitMs'>) =>
  places.map(({ url, token }) => new HttpUpstream({ url, token, waitMs }));
