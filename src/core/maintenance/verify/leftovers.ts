/** Finds what interrupted work left behind, and checks inputs that are kept for jobs. */
import type { Unreadable } from '../../ports/entry-inventory.ts';
import type { VerifyContext } from './context.ts';

export async function checkLeftovers(verify: VerifyContext): Promise<void> {
  const { scope, root } = verify.options;
  if (!scope.whole) return;
  verify.progress('looking for leftovers', 0);
  tell(
    verify,
    await root.leftovers.attempts(verify.store),
    'the working directory of an attempt that does not run',
  );
  tell(verify, await root.leftovers.unfinished(), 'a file that was never finished');
  await checkKeptInputs(verify);
  await countEvidence(verify);
}

function tell(
  { findings }: VerifyContext,
  found: readonly string[] | Unreadable,
  message: string,
): void {
  if ('kind' in found) {
    tellUnreadable(findings, found);
    return;
  }
  for (const place of found)
    findings.add({ class: 'leftover', place, message, expected: null, actual: null });
}

function tellUnreadable(findings: VerifyContext['findings'], { place, errno }: Unreadable): void {
  const message = `cannot be read (${errno})`;
  findings.add({ class: 'unreadable', place, message, expected: null, actual: null });
}

/** If an input is damaged, its job ends with its own error. */
async function checkKeptInputs({ findings, options }: VerifyContext): Promise<void> {
  if (options.quick) return;
  await options.pace.each(options.root.inputs.check(), (problems) => {
    for (const problem of problems) findings.add(problem);
  });
}

async function countEvidence({ findings, notes, options }: VerifyContext): Promise<void> {
  const kept = await options.root.leftovers.evidence();
  if ('kind' in kept) tellUnreadable(findings, kept);
  else if (kept.count > 0) notes.push(`${kept.count} kept as evidence in ${kept.where}`);
}
