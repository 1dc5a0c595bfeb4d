/** What two entries are made of, field by field, as their manifests say it. */
import { moment } from '../../format/format.ts';
import { isObject } from '../../data/shape.ts';
import { differences, pathText } from '../../json/diff.ts';

export type Manifest = Readonly<Record<string, unknown>>;

export interface ComparedField {
  readonly name: string;
  readonly left: unknown;
  readonly right: unknown;
  readonly isSame: boolean;
  /** True for a digest, which is shown short. */
  readonly isDigest: boolean;
}

const part = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

export function artifactOf(manifest: Manifest): {
  size: number | null;
  contentType: string | null;
} {
  const { artifact } = manifest;
  const [size, type] = [part(artifact, 'size'), part(artifact, 'content_type')];
  return {
    size: typeof size === 'number' ? size : null,
    contentType: typeof type === 'string' ? type : null,
  };
}

const fields: readonly (readonly [string, (manifest: Manifest) => unknown, 'digest'?])[] = [
  ['Input', (manifest) => manifest['source_hash'], 'digest'],
  ['Input file', (manifest) => part(manifest['runner'], 'input_features_path')],
  ['Runner', (manifest) => part(manifest['runner'], 'runner_name')],
  ['Runner version', (manifest) => part(manifest['runner'], 'version')],
  ['Database', (manifest) => manifest['db_hash'], 'digest'],
  ['Configuration', (manifest) => manifest['config_hash'], 'digest'],
];

const shownTime = (value: unknown): unknown => (typeof value === 'string' ? moment(value) : value);

const results: typeof fields = [
  ['Artifact', (manifest) => part(manifest['artifact'], 'sha256'), 'digest'],
  ['Artifact size', (manifest) => part(manifest['artifact'], 'size')],
  ['Published', (manifest) => shownTime(manifest['created_at'])],
  ['By cab', (manifest) => manifest['cab_version']],
];

/** First what decides the result, then the members of the configuration that differ, then the result. */
export function comparedFields(left: Manifest, right: Manifest): ComparedField[] {
  const compared = ([name, of, kind]: (typeof fields)[number]): ComparedField => {
    const [before, after] = [of(left) ?? undefined, of(right) ?? undefined];
    return {
      name,
      left: before,
      right: after,
      isSame: before === after,
      isDigest: kind === 'digest',
    };
  };
  const inside = differences(left['config'], right['config'], 50).list.map((each) => ({
    name: pathText(['config', ...each.path]),
    ...{ left: each.left, right: each.right, isSame: false, isDigest: false },
  }));
  return [...fields.map(compared), ...inside, ...results.map(compared)].filter(
    (field) => field.left !== undefined || field.right !== undefined,
  );
}
