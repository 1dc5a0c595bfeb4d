/** Every pointer: its name, what it says, and the entry that it leads to. */
import { setTimeout as delay } from 'node:timers/promises';
import { locateEntry } from '../../cas/entry-files.ts';
import { parsePointer } from '../../cas/fs-pointer-store.ts';
import { trackFileName, trackIdOf } from '../../cas/track-name.ts';
import { errnoOf, isCabError } from '../../errors.ts';
import { formatKey } from '../../model/key.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Pointer } from '../../model/pointer.ts';
import { itemsOf } from '../walk.ts';
import type { VerifyContext } from './context.ts';
import type { Problem } from './problem.ts';
import { readChecked, unmetered } from './read-file.ts';

export async function checkPointers(verify: VerifyContext): Promise<void> {
  const { layout, scope, pace } = verify.options;
  // A repair looks at all of them a second time.
  verify.counts.pointers = 0;
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
  if (found !== undefined)
    verify.findings.add(found.problem, {
      track_id: found.pointer?.track_id ?? trackIdOf(name.slice(0, -'.json'.length)),
      ...(found.pointer !== undefined && { key: keyOf(found.pointer) }),
    });
}

const secondLookMs = 20;

interface Found {
  readonly problem: Problem;
  readonly pointer?: Pointer;
}

/** Undefined where all is well, or the pointer is gone. */
async function look(verify: VerifyContext, path: string, name: string): Promise<Found | undefined> {
  let pointer: Pointer;
  try {
    const { state, bytes } = readChecked(path, true, unmetered);
    if (state !== 'read' || bytes === null)
      return { problem: problem('corrupt', path, notAPointer) };
    pointer = parsePointer(bytes.toString('utf8'), path);
  } catch (error) {
    return unreadablePointer(error, path);
  }
  if (!isNamedFor(name, pointer.track_id))
    return {
      problem: problem(
        'corrupt',
        path,
        `the pointer is that of another track, ${JSON.stringify(pointer.track_id)}`,
      ),
    };
  const wrong = await wrongTarget(verify, pointer);
  return wrong === undefined
    ? undefined
    : { problem: problem('dangling_pointer', path, wrong), pointer };
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

/** The reference broker writes `<id>.json` whatever the id holds. */
function isNamedFor(name: string, track_id: string): boolean {
  if (name === `${track_id}.json`) return true;
  try {
    return name === `${trackFileName(track_id)}.json`;
  } catch (error) {
    if (isCabError(error, 'unsafe_track')) return false;
    throw error;
  }
}

/** Why the pointer does not lead to what it names. The entry's own damage is the entry's finding. */
async function wrongTarget(
  { options: { layout, manifestName } }: VerifyContext,
  pointer: Pointer,
): Promise<string | undefined> {
  const key = keyOf(pointer);
  let manifest: Manifest;
  try {
    const found = await locateEntry(key, layout.entry(key), manifestName);
    if (found === undefined) return `leads to ${formatKey(key)}, where no entry is`;
    manifest = found.manifest;
    if (found.artifact !== pointer.artifact)
      return `names the artifact ${pointer.artifact}, the entry's is ${found.artifact}`;
    if (found.manifestName !== pointer.manifest)
      return `names the manifest ${pointer.manifest}, the entry's is ${found.manifestName}`;
  } catch (error) {
    if (isCabError(error, 'manifest_invalid', 'store_unreadable')) return undefined;
    throw error;
  }
  return manifest.artifact.sha256 === pointer.etag
    ? undefined
    : 'its etag is not the digest that the manifest of its entry gives';
}

const keyOf = ({ config_hash, source_hash }: Pointer) => ({ config_hash, source_hash });

const problem = (kind: Problem['class'], path: string, message: string): Problem => ({
  class: kind,
  path,
  message,
  expected: null,
  actual: null,
});
