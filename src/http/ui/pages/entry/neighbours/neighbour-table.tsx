import type { Signal } from '@preact/signals';
import { RankTable } from './rank-table.tsx';
import type { Axis, Echo } from './echo.ts';

interface NeighbourTableProps {
  readonly echo: Echo;
  readonly x: Axis;
  readonly y: Axis;
  readonly pointed: Signal<number | null>;
}

const shownAtMost = 200;

export function NeighbourTable({ echo, x, y, pointed }: NeighbourTableProps) {
  const shown = echo.neighbors.slice(0, shownAtMost);
  return (
    <div>
      <RankTable neighbours={shown} axes={x === y ? [x] : [x, y]} pointed={pointed} />
      {echo.neighbors.length > shown.length && (
        <p class="quiet">
          The nearest {shownAtMost} of {echo.neighbors.length}.
        </p>
      )}
    </div>
  );
}
