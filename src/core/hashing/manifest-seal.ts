/**
 * A manifest's own digest, so that a changed bit in the manifest is found like one in an artifact. The member `manifest_sha256`
 * is the SHA-256 of the manifest's canonical JSON without that member. Manifests of other programs have no seal, and are
 * accepted as they are.
 */
import { exactText } from '../model/exact-json.ts';
import { canonicalJson } from './json/canonical-json.ts';
import { sha256 } from './digest.ts';
import type { Manifest } from '../model/manifest.ts';

/** The manifest with a new seal; an old seal is replaced. */
export const sealed = (manifest: Manifest): Manifest => ({
  ...manifest,
  manifest_sha256: sha256(bytesOf({ ...manifest, manifest_sha256: undefined })),
});

/** The content of a manifest's file. */
export const bytesOf = (manifest: Manifest): Buffer =>
  canonicalJson(Buffer.from(exactText(manifest)));

/** Keys are sorted, and `artifact` comes before this one, so there is always a comma. */
const member = /,"manifest_sha256":"([0-9a-f]{64})"/g;

/** `none` if there is no seal. A nested member of this name is no seal, unless its digest fits. */
export function sealOf(text: string): 'intact' | 'broken' | 'none' {
  let state: 'broken' | 'none' = 'none';
  for (const { 0: own, 1: digest, index } of text.matchAll(member)) {
    if (sha256(text.slice(0, index) + text.slice(index + own.length)) === digest) return 'intact';
    state = 'broken';
  }
  return state;
}
