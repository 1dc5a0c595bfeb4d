import { layoutOf } from '../../src/stores/local/layout.ts';
import { checkBatch } from '../../src/core/maintenance/verify/check/check-batch.ts';
import type { CheckOptions } from '../../src/core/maintenance/verify/check/check-entry.ts';
import type { Checker } from '../../src/core/maintenance/verify/check/checker.ts';
import type { VerifyOptions } from '../../src/core/maintenance/verify/context.ts';
import { verifyRoot, type Mend } from '../../src/core/maintenance/verify/verify.ts';
import { wholeScope } from '../../src/core/maintenance/verify/selection.ts';
import { alone, Pace } from '../../src/support/pace.ts';
import type { VerifyReport } from '../../src/core/model/verify-report.ts';
import { fileNames } from './file-names.ts';

/** Checks a root in this thread, all of it where nothing else is said. */
export function verifyTree(
  root: string,
  more: Partial<VerifyOptions> = {},
  mend?: Mend,
): Promise<VerifyReport> {
  const layout = layoutOf(root);
  const quick = more.quick ?? false;
  return verifyRoot(
    {
      layout,
      ...fileNames,
      scope: wholeScope,
      sample: null,
      quick,
      maxAgeMs: null,
      checker: new OwnThread({ entries: layout.entries, ...fileNames, quick }),
      pace: new Pace(alone, undefined),
      now: Date.now(),
      rootArguments: '',
      ...more,
    },
    mend,
  );
}

class OwnThread implements Checker {
  readonly lanes = 1;
  bytes = 0;
  readonly #options: CheckOptions;

  constructor(options: CheckOptions) {
    this.#options = options;
  }

  async check(keys: Parameters<Checker['check']>[0]) {
    const add = (bytes: number): void => void (this.bytes += bytes);
    return checkBatch(keys, this.#options, { add, throwIfStopped: () => undefined });
  }

  async close(): Promise<void> {
    // It holds nothing.
  }
}
