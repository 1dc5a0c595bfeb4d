import { spansOf } from './ansi.ts';

export function AnsiLine({ line }: { line: string }) {
  return (
    <div class="row">
      {spansOf(line).map(({ text, look }, n) =>
        look === '' ? (
          text
        ) : (
          <span key={n} class={look}>
            {text}
          </span>
        ),
      )}
    </div>
  );
}
