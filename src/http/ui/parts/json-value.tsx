/** A JSON value in one line. */
export function JsonValue({ value, longest = 120 }: { value: unknown; longest?: number }) {
  if (value === undefined) return <span class="quiet">absent</span>;
  const text = JSON.stringify(value);
  const kind = value === null ? 'null' : typeof value;
  return (
    <code class={`json ${kind}`} title={text.length > longest ? text.slice(0, 2000) : undefined}>
      {text.length > longest ? `${text.slice(0, longest)}…` : text}
    </code>
  );
}
