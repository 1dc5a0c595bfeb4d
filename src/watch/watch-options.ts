/** What `watchFolder` cannot do without; the compiler of an embedding program may not have looked. */
import * as z from 'zod/mini';
import { CabError } from '../core/model/errors.ts';
import { issueOf } from '../core/model/issue.ts';

const isBroker = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'submit' in value && 'wait' in value;
const text = z.string().check(z.minLength(1));

const schema = z.looseObject({
  broker: z.custom(isBroker, 'expected a broker'),
  folder: text,
  seenFile: text,
});

/** @throws CabError usage, naming the option */
export function checkWatchOptions(options: unknown): void {
  const parsed = schema.safeParse(options);
  if (parsed.success) return;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('usage', `watchFolder: ${field || 'options'}: ${problem}`, {
    hint: 'docs/watching.md shows the options.',
    details: { option: field },
  });
}
