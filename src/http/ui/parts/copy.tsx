import { useSignal } from '@preact/signals';

/** A button that puts a text on the clipboard. */
export function Copy({ text, what }: { text: string; what: string }) {
  const said = useSignal('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = 'copied';
    } catch {
      said.value = 'not allowed';
    }
    setTimeout(() => (said.value = ''), 1500);
  };
  return (
    <button type="button" class="copy" aria-label={`Copy ${what}`} onClick={() => void copy()}>
      <span aria-live="polite">{said.value === '' ? 'copy' : said.value}</span>
    </button>
  );
}

/** A digest or an id by the part that tells it apart; the whole one is in its title, and can be copied. */
export function Short({ whole, shown }: { whole: string; shown: string }) {
  return (
    <code class="short" title={whole}>
      {shown}
    </code>
  );
}

export function Command({ label, text }: { label: string; text: string }) {
  return (
    <div class="command">
      <div class="command-head">
        <span>{label}</span>
        <Copy text={text} what={label} />
      </div>
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
