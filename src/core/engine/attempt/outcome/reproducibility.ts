import type { EntryStore } from '../../../ports/entry-store.ts';
import type { StagedEntry, Workspace } from '../../../ports/workspace.ts';
import { CabError } from '../../../model/errors.ts';
import { exactText, parseExact } from '../../../model/json/exact-json.ts';
import { formatKey } from '../../../model/entry/key.ts';

/**
 * Compares a forced run with the entry that stands. The run passes if the bytes are equal, or if JSON artifacts differ only in
 * the runner's volatile fields (times, ids).
 * @throws CabError not_reproducible, with both digests; the standing entry stays
 */
export async function refuseDifference(
  staged: StagedEntry,
  entries: EntryStore,
  workspace: Workspace,
  volatileFields: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const standing = await entries.claimHit(staged.key, signal);
  if (standing === undefined) return;
  const before = standing.manifest.artifact.sha256;
  const after = staged.manifest.artifact.sha256;
  if (before === after) return;
  if (volatileFields.length > 0) {
    const file = await entries.open(staged.key, standing.artifact);
    const texts = [
      await readAll(file.stream()),
      Buffer.from(await workspace.readStaged(staged)).toString('utf8'),
    ];
    const [old, fresh] = texts.map((text) => withoutFields(text, volatileFields));
    if (old !== undefined && old === fresh) return;
  }
  throw new CabError(
    'not_reproducible',
    `entry ${formatKey(staged.key)}: the runner gave other bytes than those that stand (${after.slice(0, 12)}…, standing ${before.slice(0, 12)}…)`,
    {
      details: { standing: before, computed: after },
    },
  );
}

async function readAll(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Undefined if the text is no JSON object. */
function withoutFields(text: string, fields: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return exactText(
    Object.fromEntries(Object.entries(value).filter(([name]) => !fields.includes(name))),
  );
}
