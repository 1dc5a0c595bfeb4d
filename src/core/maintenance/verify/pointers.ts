/** Checks every pointer: its name, its content, and the entry to which it leads. */
import { setTimeout as delay } from 'node:timers/promises';
import type { FoundEntry } from '../../ports/entry-store.ts';
import { type PointerFile } from '../../model/entry/pointer.ts';
import { plainFileName, trackFileName, trackIdOf } from '../../model/entry/track-name.ts';
import { isCabError } from '../../model/errors.ts';
import { formatKey } from '../../model/entry/key.ts';
import type { VerifyContext } from './context.ts';
import type { Problem } from '../../ports/maintenance/entry-checker.ts';
import type { Unreadable } from '../../ports/maintenance/entry-inventory.ts';
import type { PointerName } from '../../ports/maintenance/pointer-inventory.ts';

export async function checkPointers(verify: VerifyContext): Promise<void> {
  const { root, pace } = verify.options;
  // A repair looks at all of them a second time.
  verify.counts.pointers = 0;
  verify.outdated.length = 0;
  for await (const names of root.pointerFiles.files()) {
    for (const name of names) await checkName(verify, name);
    if (!pace.isDue) continue;
    verify.progress('checking pointers', verify.counts.pointers);
    await pace.rest();
  }
}

async function checkName(verify: VerifyContext, name: PointerName | Unreadable): Promise<void> {
  if (name.kind === 'file') {
    if (verify.options.scope.hasPointer(name.file)) await checkOne(verify, name.file);
    return;
  }
  const message = `the directory cannot be read (${name.errno})`;
  verify.findings.add(problem('unreadable', name.place, message));
}

async function checkOne(verify: VerifyContext, name: string): Promise<void> {
  if (!name.endsWith('.json')) {
    verify.findings.add(problem('stray', placeOf(name), 'no pointer has such a name'));
    return;
  }
  verify.counts.pointers += 1;
  if ((await look(verify, name)) === undefined) return;
  // A job may have moved the pointer, and garbage collection the entry, between two looks.
  await delay(secondLookMs);
  const found = await look(verify, name);
  if (found === undefined) return;
  const track_id = found.pointer?.track_id ?? trackIdOf(name.slice(0, -'.json'.length));
  if ('outdated' in found) {
    verify.outdated.push({ track_id });
    if (found.outdated !== null)
      verify.note(
        `${placeOf(name)}: ${found.outdated}; readers get the entry as it is, and cab verify --repair writes the pointer new`,
      );
    return;
  }
  verify.findings.add(found.problem, {
    track_id,
    ...(found.pointer !== undefined && { key: keyOf(found.pointer) }),
  });
}

const secondLookMs = 20;

type Found =
  | { readonly problem: Problem; readonly pointer?: PointerFile }
  /** It leads to the right entry. `outdated` says what differs from the entry; null if only its form is old. */
  | { readonly outdated: string | null; readonly pointer: PointerFile };

/** Undefined if all is well, or if the pointer is gone. */
async function look(verify: VerifyContext, name: string): Promise<Found | undefined> {
  const place = placeOf(name);
  const read = await verify.options.root.pointerFiles.read(name);
  if (read.kind === 'gone') return undefined;
  if (read.kind === 'invalid') return { problem: problem('corrupt', place, read.message) };
  if (read.kind === 'unreadable') {
    const message = `the pointer cannot be read (${read.errno})`;
    return { problem: problem('unreadable', place, message) };
  }
  const { pointer } = read;
  if (isNamedFor(name, pointer.track_id))
    return leadingTo(await entryOf(verify, pointer), pointer, place);
  const message = `the pointer is that of another track, ${JSON.stringify(pointer.track_id)}`;
  return { problem: problem('corrupt', place, message) };
}

const placeOf = (name: string): string => `echo/index/${name}`;

/** The name is the encoded one or, as the reference broker writes it, the plain one. */
function isNamedFor(name: string, track_id: string): boolean {
  const plain = plainFileName(track_id);
  if (plain !== undefined && name === `${plain}.json`) return true;
  try {
    return name === `${trackFileName(track_id)}.json`;
  } catch (error) {
    if (isCabError(error, 'unsafe_track')) return false;
    throw error;
  }
}

/** `damaged`: the entry has its own finding. */
async function entryOf(
  { options }: VerifyContext,
  pointer: PointerFile,
): Promise<FoundEntry | 'damaged' | undefined> {
  const key = keyOf(pointer);
  try {
    return await options.root.inventory.locate(key);
  } catch (error) {
    if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return 'damaged';
    throw error;
  }
}

function leadingTo(
  entry: FoundEntry | 'damaged' | undefined,
  pointer: PointerFile,
  place: string,
): Found | undefined {
  if (entry === 'damaged') return undefined;
  const dangling = (message: string): Found => ({
    problem: problem('dangling_pointer', place, message),
    pointer,
  });
  if (entry === undefined) return dangling(`leads to ${formatKey(pointer)}, where no entry is`);
  if (entry.artifact !== pointer.artifact)
    return dangling(`names the artifact ${pointer.artifact}, the entry's is ${entry.artifact}`);
  if (entry.manifestName !== pointer.manifest)
    return dangling(`names the manifest ${pointer.manifest}, the entry's is ${entry.manifestName}`);
  if (entry.manifest.artifact.sha256 !== pointer.etag)
    return {
      outdated: pointer.etag === null ? 'it has no etag' : 'its etag is older than its entry',
      pointer,
    };
  return pointer.isCurrentForm ? undefined : { outdated: null, pointer };
}

const keyOf = ({ config_hash, source_hash }: PointerFile) => ({ config_hash, source_hash });

const problem = (kind: Problem['class'], place: string, message: string): Problem => ({
  class: kind,
  place,
  message,
  expected: null,
  actual: null,
});
