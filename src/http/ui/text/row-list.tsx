/** A list of rows of one height, of which only those in sight are in the document. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { nextFrame } from '../data/frame.ts';

export const rowHeight = 19;
/** Rows beyond the sight, so that a fast scroll shows no gap. */
const spare = 12;

interface RowListProps {
  readonly rows: number;
  readonly row: (index: number) => ComponentChildren;
  readonly label: string;
  readonly role?: 'region' | 'tree';
  /** The row that keys act on; it is kept in sight. Its element has the id `tree-INDEX`. */
  readonly active?: number;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  /** Rows that were put before the first one by this change; the list scrolls as much. */
  readonly shift?: number;
  /** Changes with each change of the rows. */
  readonly version: unknown;
  /** A change takes the reader to this side. */
  readonly jump?: { readonly place: number; readonly side: 'start' | 'end' };
  readonly follows?: boolean;
  readonly onNear?: (side: 'start' | 'end') => void;
  /** Called when the reader scrolls, with whether the end is in sight. */
  readonly onScroll?: (isAtEnd: boolean) => void;
}

export function RowList(props: RowListProps) {
  const { rows, row, label, shift = 0, version, jump, follows = false } = props;
  const { role = 'region', active, onKeyDown } = props;
  const list = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const sight = useSignal({ first: 0, count: 60 });
  const look = useMemo(() => nextFrame(() => list.current !== null && seen(list.current)), []);

  const seen = (element: HTMLDivElement): void => {
    const { scrollTop, clientHeight, scrollHeight } = element;
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare);
    const count = Math.ceil(clientHeight / rowHeight) + 2 * spare;
    const { first: oldFirst, count: oldCount } = sight.peek();
    if (first !== oldFirst || count !== oldCount) sight.value = { first, count };
    const below = scrollHeight - clientHeight - scrollTop;
    latest.current.onScroll?.(below < rowHeight);
    if (scrollTop < clientHeight) latest.current.onNear?.('start');
    if (below < clientHeight) latest.current.onNear?.('end');
  };

  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    if (follows) element.scrollTop = element.scrollHeight;
    else if (shift !== 0) element.scrollTop += shift * rowHeight;
    look();
  }, [version]);
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null || jump === undefined) return;
    element.scrollTop = jump.side === 'end' ? element.scrollHeight : 0;
    look();
  }, [jump?.place]);
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null || active === undefined) return;
    const top = active * rowHeight;
    const { scrollTop, clientHeight } = element;
    if (top < scrollTop) element.scrollTop = top;
    else if (top + rowHeight > scrollTop + clientHeight)
      element.scrollTop = top + rowHeight - clientHeight;
  }, [active]);
  useEffect(() => {
    const element = list.current;
    if (element === null) return undefined;
    const sizes = new ResizeObserver(look);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);

  const { first, count } = sight.value;
  const begin = Math.min(first, Math.max(0, rows - count));
  const end = Math.min(rows, begin + count);
  return (
    <div
      class="rows"
      ref={list}
      role={role}
      aria-label={label}
      aria-activedescendant={active === undefined ? undefined : `tree-${active}`}
      tabIndex={0}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <div class="rows-all" style={{ height: `${rows * rowHeight}px` }}>
        <div class="rows-seen" style={{ transform: `translateY(${begin * rowHeight}px)` }}>
          {Array.from({ length: end - begin }, (_, n) => row(begin + n))}
        </div>
      </div>
    </div>
  );
}
