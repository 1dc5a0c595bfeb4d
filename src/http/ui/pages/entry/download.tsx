import { useSignal } from '@preact/signals';
import { readBlob } from '../../data/documents.ts';
import { Refusal } from '../../data/request.ts';
import { token } from '../../data/session.ts';
import { inputName } from '../../format/format.ts';

/** A link that saves a file. With a token the file is fetched first, because a link cannot send one. */
export function Download({ path, name }: { path: string; name: string }) {
  const refusal = useSignal('');
  const label = `Download ${name}`;
  if (token.value === null)
    return (
      <a href={path} download={inputName(name)} aria-label={label}>
        Download
      </a>
    );
  const fetched = async (): Promise<void> => {
    try {
      save(await readBlob(path), inputName(name));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal.value = error.message;
    }
  };
  return (
    <button type="button" class="plain" aria-label={label} onClick={() => void fetched()}>
      {refusal.value === '' ? 'Download' : refusal.value}
    </button>
  );
}

function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  // No type of the daemon's: what is saved is never shown as a page of this origin.
  link.href = URL.createObjectURL(new Blob([blob], { type: 'application/octet-stream' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
