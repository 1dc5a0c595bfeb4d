/** The one line that `cab run` says at its end. */
import { duration } from '../terminal/time.ts';

export type Ending =
  /** `upstream`: the result was fetched from there; null if it was here. */
  | { readonly kind: 'hit'; readonly savedMs: number; readonly upstream: string | null }
  | { readonly kind: 'computed'; readonly ms: number; readonly why: string | undefined }
  | { readonly kind: 'not kept'; readonly ms: number; readonly why: string }
  | { readonly kind: 'failed before'; readonly how: string; readonly ago: string }
  | { readonly kind: 'failed'; readonly ms: number; readonly how: string };

export function endingText(ending: Ending): string {
  switch (ending.kind) {
    case 'hit':
      return `cab: hit${ending.upstream === null ? '' : ` from ${ending.upstream}`}, saved ${duration(ending.savedMs)}`;
    case 'computed':
      return `cab: computed in ${duration(ending.ms)}${ending.why === undefined ? '' : ` (${ending.why})`}`;
    case 'not kept':
      return `cab: ran in ${duration(ending.ms)}, not kept: ${ending.why}`;
    case 'failed before':
      return `cab: not run, for it failed ${ending.ago} with ${ending.how}`;
    case 'failed':
      return `cab: ${ending.how} after ${duration(ending.ms)}; a failure is not kept`;
    default:
      return ending satisfies never;
  }
}

/** Why it was a miss, in a few words; `undefined` where no run before it is known. */
export function missText(differences: readonly string[] | undefined): string {
  if (differences === undefined) return 'first run';
  const [first, ...more] = differences;
  if (first === undefined) return 'its result was not there any more';
  return more.length === 0 ? first : `${first}, and ${more.length} more`;
}
