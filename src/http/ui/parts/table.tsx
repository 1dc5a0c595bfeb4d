import type { ComponentChildren } from 'preact';

export interface Column {
  readonly name: string;
  /** `number`: aligned by its end. `wide`: left out on a narrow screen. */
  readonly kind?: 'number' | 'wide' | 'wide number' | 'grow' | 'fit';
}

interface TableProps {
  /** Read out, not shown. */
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly children: ComponentChildren;
}

/** A table that scrolls sideways within itself, so that the page never does. */
export function Table({ caption, columns, children }: TableProps) {
  return (
    <div class="table" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, kind = '' }) => (
              <th key={name} scope="col" class={kind}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** A part of a whole, as a bar. The figure beside it tells the same. */
export function Bar({ part, kind = '' }: { part: number; kind?: string }) {
  return (
    <span class={`bar ${kind}`} aria-hidden="true">
      <span style={{ width: `${Math.max(0, Math.min(1, part)) * 100}%` }} />
    </span>
  );
}
