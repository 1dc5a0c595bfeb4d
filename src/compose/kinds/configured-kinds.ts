import type { JobKinds } from '../../core/ports/job-kinds.ts';
import type { KindsOptions } from './job-kind.ts';

/** The kinds of a configuration file. What completes a request is loaded with the first one that names a kind. */
export const configuredKinds = (options: KindsOptions): JobKinds => ({
  limits: new Map(
    [...options.file.kinds].flatMap(([name, { concurrency }]) =>
      concurrency === undefined ? [] : [[name, concurrency]],
    ),
  ),
  async order(request, asked) {
    const { orderOfKind } = await import('./order-of-kind.ts');
    return orderOfKind(options, request, asked);
  },
});
