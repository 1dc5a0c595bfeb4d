import { basename } from 'node:path';
import type { FoundEntry } from '../../core/ports/entry-store.ts';

/** A file of an entry as the manifest has it. */
export interface ListedFile {
  readonly name: string;
  readonly sha256: string;
  readonly contentType: string | undefined;
}

/** The artifact first. */
export function filesOf({ artifact, manifest }: FoundEntry): ListedFile[] {
  const first = {
    name: artifact,
    sha256: manifest.artifact.sha256,
    contentType: manifest.artifact.content_type ?? undefined,
  };
  const others = manifest.files ?? [];
  return [
    first,
    ...others.map((file) => ({
      name: basename(file.path),
      sha256: file.sha256,
      contentType: file.content_type,
    })),
  ];
}
