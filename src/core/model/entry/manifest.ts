import { basename } from 'node:path';
import * as z from 'zod/mini';
import { entryPathOf } from './entry-path.ts';

/** SHA-256 as 64 lower-case hex digits. */
export const digestSchema = z
  .string()
  .check(z.regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits'));

/** A member that readers do not need: a value of another type counts as absent. */
const optional = <T extends z.ZodMiniType>(schema: T) =>
  z.catch(z.optional(z.nullable(schema)), undefined);
const text = optional(z.string());
const size = z.int().check(z.nonnegative());

/** `x`: the owner may execute the file. No other part of the mode is kept, and only the manifest keeps it. */
const mode = z.optional(z.literal('x'));
const file = z.looseObject({
  ...{ path: z.string(), sha256: digestSchema, size, content_type: z.string(), mode },
});
/** A symbolic link, relative and within the entry. Only the manifest has it: nothing lies at its path. */
const link = z.looseObject({ path: z.string(), link: z.string() });

/**
 * The content of an entry, as `manifest.json` describes it; source: docs/reference/root.md. Readers require
 * only `artifact.sha256`, because manifests of other programs hold little more. What cab writes is complete. Sizes are in
 * bytes. Additional members are kept (loose objects).
 */
export const manifestSchema = z.looseObject({
  schema_id: text,
  source_hash: text,
  config_hash: text,
  db_hash: text,
  runner: optional(z.looseObject({ runner_name: text, version: text, input_features_path: text })),
  artifact: z.looseObject({
    path: text,
    sha256: digestSchema,
    etag: text,
    size: optional(size),
    content_type: text,
  }),
  /** Outputs beside the artifact; `path` is the path within the entry, folders included. */
  files: optional(z.array(z.union([link, file]))),
  /** The material of `config_hash`, if cab made the hash. */
  config: z.optional(z.unknown()),
  job_id: text,
  run_id: text,
  track_id: text,
  created_at: text,
  /** The start and end of the run that made the entry. */
  started_at: text,
  ended_at: text,
  cab_version: text,
});

export type Manifest = z.infer<typeof manifestSchema>;

/**
 * Bytes of the file of a manifest that is taken from another machine. Some 25,000 files fit into it. It is checked at once, and
 * a larger one would hold up the other requests of a daemon.
 */
export const mostManifestBytes = 4 << 20;

/** The artifact's name within its entry, if the manifest gives it. */
export const artifactNamed = ({ artifact: { path } }: Manifest): string | undefined =>
  path == null ? undefined : basename(path);

/** The facts about a file that was read; `path` is the path within the entry, `size` in bytes. */
export interface FileFacts {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  readonly content_type: string;
  readonly mode?: 'x' | undefined;
}

export interface LinkFacts {
  readonly path: string;
  readonly link: string;
}

/** The files beside the artifact, each with its path within the entry. */
export const filesBeside = ({ files }: Manifest): FileFacts[] =>
  (files ?? []).filter(isFile).map((each) => ({ ...each, path: entryPathOf(each.path) }));

/** A file as a manifest lists it. Manifests of other programs leave out its size, in bytes, and its content type. */
export type ListedFile = Pick<FileFacts, 'path' | 'sha256'> &
  Pick<Manifest['artifact'], 'size' | 'content_type'>;

/** The files of an entry, the artifact first, each with its path within the entry. */
export const filesOf = (manifest: Manifest, artifact: string): ListedFile[] => [
  { ...manifest.artifact, path: artifact },
  ...filesBeside(manifest),
];

export const linksOf = ({ files }: Manifest): LinkFacts[] =>
  (files ?? []).filter(isLink).map((each) => ({ path: entryPathOf(each.path), link: each.link }));

type Listed = NonNullable<Manifest['files']>[number];

const isLink = (listed: Listed): listed is z.infer<typeof link> => typeof listed.link === 'string';
const isFile = (listed: Listed): listed is z.infer<typeof file> => !isLink(listed);
