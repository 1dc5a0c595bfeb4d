import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

const typingMs = 250;

interface FindFieldProps {
  readonly text: string;
  readonly placeholder: string;
  /** Called when the reader has stopped typing for a moment. */
  readonly change: (text: string) => void;
}

/** A field for a text to look for; the key `/` leads to it. */
export function FindField({ text, placeholder, change }: FindFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const typed = useSignal(text);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    if (document.activeElement !== input.current) typed.value = text;
  }, [text]);
  useEffect(() => focusOnSlash(input.current), []);
  return (
    <label class="field grow">
      <span>Find</span>
      <input
        ref={input}
        type="search"
        spellcheck={false}
        placeholder={placeholder}
        value={typed.value}
        onInput={({ currentTarget: { value } }) => {
          typed.value = value;
          clearTimeout(timer.current);
          timer.current = setTimeout(() => change(value.trim()), typingMs);
        }}
      />
    </label>
  );
}

/** Not while the reader is writing. */
function focusOnSlash(input: HTMLInputElement | null): () => void {
  const focus = (event: KeyboardEvent): void => {
    const at = event.target;
    if (event.key !== '/' || event.ctrlKey || event.metaKey || input === null) return;
    if (at instanceof HTMLElement && at.matches('input, select, textarea')) return;
    event.preventDefault();
    input.focus();
  };
  addEventListener('keydown', focus);
  return () => removeEventListener('keydown', focus);
}
