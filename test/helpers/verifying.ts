import { verifyTree as verifyWith } from '../../src/compose/upkeep/verify-root.ts';
import type { Mend } from '../../src/core/maintenance/verify/verify.ts';
import { wholeScope } from '../../src/core/maintenance/verify/selection.ts';
import type { VerifyOptions } from '../../src/core/maintenance/verify/context.ts';
import type { VerifyReport } from '../../src/core/model/report/verify-report.ts';
import type { Checker } from '../../src/core/ports/maintenance/entry-checker.ts';
import { checkBatch } from '../../src/stores/local/check/check-batch.ts';
import type { CheckOptions } from '../../src/stores/local/check/check-entry.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { alone, Pace } from '../../src/support/time/pace.ts';
import { fileNames } from './file-names.ts';

/** Checks a root in this thread, all of it where nothing else is said. */
export function verifyTree(
  root: string,
  more: Partial<Omit<VerifyOptions, 'root' | 'checker'>> = {},
  mend?: Mend,
): Promise<VerifyReport> {
  const { entries } = layoutOf(root);
  const quick = more.quick ?? false;
  return verifyWith(
    {
      root,
      ...fileNames,
      scope: wholeScope,
      sample: null,
      quick,
      maxAgeMs: null,
      pace: new Pace(alone, undefined),
      rootArguments: '',
      ...more,
    },
    new OwnThread({ entries, ...fileNames, quick }),
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
