import { filesBeside } from '../../core/model/manifest.ts';
import type { FoundEntry } from '../../core/ports/entry-store.ts';

/** A file of an entry as the manifest lists it. */
export interface ListedFile {
  /** Its path within the entry. */
  readonly name: string;
  readonly sha256: string;
  readonly contentType: string | undefined;
}

/** The files of an entry, the artifact first. */
export function filesOf({ artifact, manifest }: FoundEntry): ListedFile[] {
  const first = {
    name: artifact,
    sha256: manifest.artifact.sha256,
    contentType: manifest.artifact.content_type ?? undefined,
  };
  const others = filesBeside(manifest);
  return [
    first,
    ...others.map(({ path: name, sha256, content_type: contentType }) => ({
      ...{ name, sha256, contentType },
    })),
  ];
}
