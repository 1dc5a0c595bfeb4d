import { filePath, getManifest, type Step } from '../../data/entries.ts';
import { isJson, largestJson, readJson } from '../../data/documents.ts';
import { useResource } from '../../data/resource.ts';
import { inputName } from '../../format/format.ts';
import { Section } from '../../parts/section.tsx';
import { Problem } from '../../parts/problem.tsx';
import { ArtifactDifference } from './artifact-difference.tsx';
import { ManifestDifference } from './manifest-difference.tsx';
import { artifactOf, type Manifest } from './manifest-fields.ts';

/** What differs between two versions: first what they are made of, then what came out. */
export function Compare({ left, right }: { left: Step; right: Step }) {
  const manifests = useResource('manifests', (asking) =>
    Promise.all([getManifest(left, asking), getManifest(right, asking)]),
  );
  if (manifests.problem !== undefined) return <Problem problem={manifests.problem} />;
  if (manifests.data === undefined) return <p class="quiet">Loading…</p>;
  const [before, after] = manifests.data;
  return (
    <>
      <Section title="What they are made of">
        <ManifestDifference left={before} right={after} />
      </Section>
      <Section title="What came out">
        {left.etag === right.etag ? (
          <p>The artifacts are the same, byte for byte.</p>
        ) : isShown(before, left) && isShown(after, right) ? (
          <Artifacts left={left} right={right} />
        ) : (
          <p>The artifacts differ. They are no JSON, or too large to be compared here.</p>
        )}
      </Section>
    </>
  );
}

const nameOf = (step: Step): string => decodeURIComponent(inputName(step.artifact));

function isShown(manifest: Manifest, step: Step): boolean {
  const { size, contentType } = artifactOf(manifest);
  return isJson(contentType, nameOf(step)) && size !== null && size <= largestJson;
}

function Artifacts({ left, right }: { left: Step; right: Step }) {
  const artifacts = useResource('artifacts', (asking) =>
    Promise.all([left, right].map((step) => readJson(filePath(step, nameOf(step)), asking))),
  );
  if (artifacts.problem !== undefined) return <Problem problem={artifacts.problem} />;
  if (artifacts.data === undefined) return <p class="quiet">Loading…</p>;
  const [before, after] = artifacts.data;
  return <ArtifactDifference left={before} right={after} />;
}
