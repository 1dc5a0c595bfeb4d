/** The only place that chooses a broker. */
import type { Broker } from '../core/broker.ts';
import type { LocalBrokerOptions } from '../core/local-broker.ts';

/**
 * What a command does with the broker. `reading`: neither accepts nor runs jobs. `accepting`: needs to know the
 * runner, and runs nothing. `working`: runs the jobs that it submits.
 */
export type BrokerPart = 'reading' | 'accepting' | 'working';

export interface BrokerOptions extends Omit<
  LocalBrokerOptions,
  'resolveRunner' | 'objects' | 'work' | 'cwd'
> {
  readonly part: BrokerPart;
  readonly cwd: string;
  /** The program that runs Python runners. */
  readonly python: string;
}

export async function openBroker({ part, python, ...options }: BrokerOptions): Promise<Broker> {
  const { LocalBroker } = await import('../core/local-broker.ts');
  if (part === 'reading')
    return new LocalBroker({ ...options, work: 'none', resolveRunner: noRunner });
  const { normalizeRunnerSpec, resolveRunner } = await import('../runners/resolve.ts');
  const { cwd, graceMs } = options;
  return new LocalBroker({
    ...options,
    work: part === 'working' ? 'own' : 'none',
    runner: normalizeRunnerSpec(options.runner, cwd),
    resolveRunner: (spec) => resolveRunner(spec, { cwd, python, killGraceMs: graceMs }),
  });
}

function noRunner(spec: string): never {
  throw new TypeError(`the broker was opened for reading, and cannot resolve ${spec}`);
}
