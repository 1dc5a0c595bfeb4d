import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { EntryFile } from '../../data/entries.ts';
import { readBlob } from '../../data/documents.ts';
import { useResource } from '../../data/resource.ts';
import { Problem } from '../../parts/problem.tsx';

const pictures = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/svg+xml',
]);

export const isPicture = (contentType: string): boolean =>
  pictures.has(contentType.split(';', 1)[0]?.trim() ?? '');

/** An image of an entry, from a blob: an image element runs no script that is in it, and loads nothing that it names. */
export function Picture({ path, file }: { path: string; file: EntryFile }) {
  const blob = useResource(path, (asking) => readBlob(path, asking));
  const source = useSignal('');
  const isBroken = useSignal(false);
  const size = useSignal('');
  useEffect(() => {
    if (blob.data === undefined) return undefined;
    const url = URL.createObjectURL(new Blob([blob.data], { type: file.content_type ?? '' }));
    source.value = url;
    return () => URL.revokeObjectURL(url);
  }, [blob.data]);
  if (blob.problem !== undefined) return <Problem problem={blob.problem} />;
  if (isBroken.value) return <p class="boxed">The file is no image that can be shown.</p>;
  return (
    <figure class="picture">
      {source.value !== '' && (
        <img
          src={source.value}
          alt={file.path}
          onError={() => (isBroken.value = true)}
          onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
            (size.value = `${naturalWidth} × ${naturalHeight}`)
          }
        />
      )}
      <figcaption class="quiet">{size.value}</figcaption>
    </figure>
  );
}
