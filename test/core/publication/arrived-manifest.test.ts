import { expect, it } from 'vitest';
import { mostManifestBytes } from '../../../src/core/model/entry/manifest.ts';
import { arrivedManifest } from '../../../src/core/publication/arrived-manifest.ts';
import { offered } from '../../contract/upstream.ts';
import { keyOf } from '../../helpers/jobs.ts';

const key = keyOf('a');
const { manifest } = offered(key, { 'a.json': 'one', 'b.json': 'four' });
const arrived = (mostBytes: number, bytes: Uint8Array = manifest) =>
  arrivedManifest(bytes, { key, manifestName: 'manifest.json', mostBytes });

it('is taken for files of as many bytes as the limit, and refused for more', () => {
  expect(arrived(7)).toMatchObject({ artifact: 'a.json', size: 7 });
  expect(arrived(6)).toBe('its files have 7 bytes, more than the limit of 6');
});

it('is refused if it is larger than a manifest may be', () => {
  expect(arrived(7, new Uint8Array(mostManifestBytes))).toBe('it is not JSON');
  expect(arrived(7, new Uint8Array(mostManifestBytes + 1))).toMatch(/^it is larger than \d+ bytes/);
});
