/** A JSON value as a tree, for the mouse and for the arrow keys. */
import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { plural } from '../format/format.ts';
import { JsonValue } from '../parts/json-value.tsx';
import { RowList } from '../text/row-list.tsx';
import { firstOpen, treeRows, type TreeRow } from './tree-rows.ts';

export function JsonTree({ value, label }: { value: unknown; label: string }) {
  const open = useSignal<ReadonlySet<string>>(useMemo(() => firstOpen(value), [value]));
  const active = useSignal(0);
  const rows = useMemo(() => treeRows(value, open.value), [value, open.value]);

  const toggle = (row: TreeRow, isOpen: boolean): void => {
    if (row.size === null || row.size === 0) return;
    const next = new Set(open.value);
    if (isOpen) next.add(row.id);
    else next.delete(row.id);
    open.value = next;
  };
  const press = (event: KeyboardEvent): void => {
    const row = rows[active.value];
    if (row === undefined) return;
    const to = destination(event.key, rows, active.value);
    if (event.key === 'ArrowRight' && row.size !== null && !row.isOpen) toggle(row, true);
    else if (event.key === 'ArrowLeft' && row.isOpen) toggle(row, false);
    else if (event.key === 'Enter' || event.key === ' ') toggle(row, !row.isOpen);
    else if (to !== null) active.value = to;
    else return;
    event.preventDefault();
  };
  return (
    <RowList
      role="tree"
      label={label}
      rows={rows.length}
      version={rows}
      active={active.value}
      onKeyDown={press}
      row={(index) => {
        const row = rows[index];
        return (
          row && (
            <TreeLine
              key={row.id}
              row={row}
              index={index}
              isActive={index === active.value}
              press={() => {
                active.value = index;
                toggle(row, !row.isOpen);
              }}
            />
          )
        );
      }}
    />
  );
}

/** Where a key leads to from a row; null for a key that leads nowhere. */
function destination(key: string, rows: readonly TreeRow[], at: number): number | null {
  const last = rows.length - 1;
  switch (key) {
    case 'ArrowDown':
    case 'ArrowRight':
      return Math.min(last, at + 1);
    case 'ArrowUp':
      return Math.max(0, at - 1);
    case 'ArrowLeft': {
      const depth = rows[at]?.depth ?? 0;
      return Math.max(
        0,
        rows.findLastIndex((row, n) => n < at && row.depth < depth),
      );
    }
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return Math.min(last, at + 20);
    case 'PageUp':
      return Math.max(0, at - 20);
    default:
      return null;
  }
}

interface TreeLineProps {
  readonly row: TreeRow;
  readonly index: number;
  readonly isActive: boolean;
  readonly press: () => void;
}

function TreeLine({ row, index, isActive, press }: TreeLineProps) {
  const { depth, name, value, size, isOpen, isSpan } = row;
  const isArray = Array.isArray(value);
  return (
    <div
      id={`tree-${index}`}
      class={`row tree ${isActive ? 'active' : ''} ${size === null ? '' : 'folds'}`}
      role="treeitem"
      aria-level={depth + 1}
      aria-expanded={size === null || size === 0 ? undefined : isOpen}
      aria-selected={isActive}
      style={{ paddingInlineStart: `${depth * 18 + 4}px` }}
      onClick={press}
    >
      <span class="fold" aria-hidden="true">
        {size === null || size === 0 ? '' : isOpen ? '▾' : '▸'}
      </span>
      {name !== '' && <span class={isSpan ? 'quiet' : 'name'}>{name}</span>}
      {name !== '' && !isSpan && <span class="quiet">: </span>}
      {size === null ? (
        <JsonValue value={value} longest={500} />
      ) : (
        <span class="quiet">
          {isSpan ? '' : isArray ? '[ ] ' : '{ } '}
          {size === 0 ? 'empty' : plural(size, isArray || isSpan ? 'item' : 'member')}
        </span>
      )}
    </div>
  );
}
