/** Every pointer: its name, what it says, and the entry that it leads to. */
import { setTimeout as delay } from 'node:timers/promises';
import { locateEntry } from '../../../stores/local/entry-files.ts';
import type { FoundEntry } from '../../ports/entry-store.ts';
import { parsePointer } from '../../publication/pointer-file.ts';
import { type PointerFile } from '../../model/pointer.ts';
import { plainFileName, trackFileName, trackIdOf } from '../../model/track-name.ts';
import { errnoOf, isCabError } from '../../model/errors.ts';
import { formatKey } from '../../model/key.ts';
import { itemsOf } from '../walk.ts';
import type { VerifyContext } from './context.ts';
import type { Problem } from './problem.ts';
import { readChecked, unmetered } from './check/read-file.ts';

export async function checkPointers(verify: VerifyContext): Promise<void> {
  const { layout, scope, pace } = verify.options;
  // A repair looks at all of them a second time.
  verify.counts.pointers = 0;
  verify.outdated.length = 0;
  for (const item of itemsOf(layout.index)) {
    if ('kind' in item) {
      const message = `the directory cannot be read (${item.errno})`;
      verify.findings.add(problem('unreadable', item.path, message));
      continue;
    }
    if (!scope.hasPointer(item.name)) continue;
    await checkOne(verify, item.path, item.name);
    if (!pace.isDue) continue;
    verify.progress('checking pointers', verify.counts.pointers);
    await pace.rest();
  }
}

async function checkOne(verify: VerifyContext, path: string, name: string): Promise<void> {
  if (!name.endsWith('.json')) {
    verify.findings.add(problem('stray', path, 'no pointer has such a name'));
    return;
  }
  verify.counts.pointers += 1;
  if ((await look(verify, path, name)) === undefined) return;
  // A job may have moved the pointer, and a collection the entry, between two looks.
  await delay(secondLookMs);
  const found = await look(verify, path, name);
  if (found === undefined) return;
  const track_id = found.pointer?.track_id ?? trackIdOf(name.slice(0, -'.json'.length));
  if ('outdated' in found) {
    verify.outdated.push({ track_id });
    if (found.outdated !== null)
      verify.note(
        `echo/index/${name}: ${found.outdated}; readers get the entry as it is, and cab verify --repair writes the pointer new`,
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
  /** It leads where it should. `outdated` says what it says otherwise than its entry; null if its form alone is old. */
  | { readonly outdated: string | null; readonly pointer: PointerFile };

/** Undefined if all is well, or the pointer is gone. */
async function look(verify: VerifyContext, path: string, name: string): Promise<Found | undefined> {
  let pointer: PointerFile;
  try {
    const { state, bytes } = readChecked(path, true, unmetered);
    if (state !== 'read' || bytes === null)
      return { problem: problem('corrupt', path, notAPointer) };
    pointer = parsePointer(bytes.toString('utf8'), path);
  } catch (error) {
    return unreadablePointer(error, path);
  }
  if (!isNamedFor(name, pointer.track_id)) {
    const message = `the pointer is that of another track, ${JSON.stringify(pointer.track_id)}`;
    return { problem: problem('corrupt', path, message) };
  }
  return leadingTo(await entryOf(verify, pointer), pointer, path);
}

function unreadablePointer(error: unknown, path: string): Found | undefined {
  if (isCabError(error, 'pointer_invalid'))
    return {
      problem: problem('corrupt', path, error.message.replace(`pointer ${path}`, 'the pointer')),
    };
  const errno = errnoOf(error);
  if (errno === undefined) throw error;
  if (errno === 'ENOENT') return undefined;
  return errno === 'ELOOP'
    ? { problem: problem('corrupt', path, notAPointer) }
    : { problem: problem('unreadable', path, `the pointer cannot be read (${errno})`) };
}

const notAPointer = 'the pointer is not a regular file';

/** By its encoded name or, as the reference broker writes it, the plain one. */
function isNamedFor(name: string, track_id: string): boolean {
  if (name === `${plainFileName(track_id)}.json`) return true;
  try {
    return name === `${trackFileName(track_id)}.json`;
  } catch (error) {
    if (isCabError(error, 'unsafe_track')) return false;
    throw error;
  }
}

/** `damaged`: the entry's own damage is the entry's finding. */
async function entryOf(
  { options }: VerifyContext,
  pointer: PointerFile,
): Promise<FoundEntry | 'damaged' | undefined> {
  const key = keyOf(pointer);
  try {
    return await locateEntry(key, options.layout.entry(key), options);
  } catch (error) {
    if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return 'damaged';
    throw error;
  }
}

function leadingTo(
  entry: FoundEntry | 'damaged' | undefined,
  pointer: PointerFile,
  path: string,
): Found | undefined {
  if (entry === 'damaged') return undefined;
  const dangling = (message: string): Found => ({
    problem: problem('dangling_pointer', path, message),
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

const problem = (kind: Problem['class'], path: string, message: string): Problem => ({
  class: kind,
  path,
  message,
  expected: null,
  actual: null,
});
