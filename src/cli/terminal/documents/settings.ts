import { exactText } from '../../../core/model/json/exact-json.ts';
import type { Style } from '../style.ts';
import { table } from '../table.ts';

export interface SettingRow {
  readonly key: string;
  /** Undefined if it has no value. */
  readonly value: unknown;
  /** Where the value comes from: a flag, a variable, a file, or `default`. */
  readonly source: string;
}

export const settingsTable = (style: Style, rows: readonly SettingRow[]): string =>
  table(
    style,
    [
      { title: 'SETTING', cell: (row: SettingRow) => row.key },
      { title: 'VALUE', cell: ({ value }) => shown(value), shrinks: true },
      {
        title: 'FROM',
        cell: ({ source }) => source,
        tone: ({ source }) => (source === 'default' ? 'dim' : undefined),
      },
    ],
    rows,
  );

const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '-' : exactText(value);
