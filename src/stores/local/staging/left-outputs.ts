import { lstatSync, readdirSync, readlinkSync, type Dirent } from 'node:fs';
import { dirname, join } from 'node:path';
import { isEntryPath } from '../../../core/model/entry/entry-path.ts';
import type { OutputFile } from '../../../core/ports/runner.ts';
import type { RunOutput } from '../../../core/ports/workspace.ts';
import { inOpened, invalid } from './left-files.ts';

/**
 * Lists what lies in the artifact's directory, which is that of the entry: files and links with their folders,
 * without the manifest. A folder without files is left out, because an entry has none. `artifact` and
 * `outRoot` contain no links.
 * @throws CabError runner_result_invalid for what an entry cannot hold: it would be lost if it were left out silently
 */
export function leftOutputs(
  artifact: string,
  manifest: string | undefined,
  outRoot: string,
  from: RunOutput,
): OutputFile[] {
  const home = dirname(artifact);
  const look = (folder: string): OutputFile[] => {
    const dir = join(home, folder);
    const items = inOpened(outRoot, dir, () => readdirSync(dir, { withFileTypes: true }));
    return items.flatMap((item) => {
      const path = folder === '' ? item.name : `${folder}/${item.name}`;
      const place = join(dir, item.name);
      if (path === from.manifest_name || place === manifest) return [];
      return item.isDirectory() ? look(path) : [outputAt(path, place, item, from)];
    });
  };
  return look('');
}

function outputAt(path: string, place: string, item: Dirent, from: RunOutput): OutputFile {
  const named = JSON.stringify(path);
  if (!isEntryPath(path) || !isNamedAsRead(place))
    throw invalid(from, `the name of ${named} beside the artifact is not UTF-8`);
  if (item.isFile()) return { path, from: place };
  if (!item.isSymbolicLink())
    throw invalid(from, `${named} beside the artifact is neither a file nor a link`);
  return { path, link: readlinkSync(place) };
}

/** A name that is not UTF-8 is read with U+FFFD in it, and no file has that name. */
const isNamedAsRead = (place: string): boolean =>
  !place.includes('\uFFFD') || lstatSync(place, { throwIfNoEntry: false }) !== undefined;
