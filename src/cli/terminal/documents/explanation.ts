import { exactText } from '../../../core/model/json/exact-json.ts';
import type { Difference, Explanation } from '../../../core/model/job/explanation.ts';
import { paint, type Style } from '../style.ts';
import { fields, table, type Field } from '../table.ts';

/** Hit or miss, what the key is made of, and for a miss the differences from the closest entry. */
export function explanationText(
  style: Style,
  { hit, key, entry, upstream, config, closest, older, partial }: Explanation,
): string {
  const rows: Field[] = [
    hit
      ? [
          'hit',
          `${upstream === null ? 'the result stands already' : `${upstream} has the result`}; nothing would be run`,
          'green',
        ]
      : ['miss', 'the runner would run', 'yellow'],
    ['key', `${key.config_hash}/${key.source_hash}`],
  ];
  if (entry !== null) rows.push(['leads to', `${entry.config_hash}/${entry.source_hash}`]);
  const parts = [fields(style, rows)];
  parts.push(
    config === null
      ? 'The config hash was given, not computed.'
      : `${paint(style, 'dim', 'config hash, made of')}\n${indented(exactText(config, 2))}`,
  );
  if (!hit) parts.push(closest === null ? noneText(partial) : closestText(style, closest));
  if (partial && closest !== null)
    parts.push('The root has more entries than were looked at; a closer one may be there.');
  if (older !== null)
    parts.push(
      `An entry of the same work stands under an older form of its key: ${older.config_hash}/${older.source_hash}\nIt can be read, and is no hit. Of the runner's code its key tells too little to know whether it was the same.`,
    );
  return parts.join('\n\n');
}

const noneText = (partial: boolean): string =>
  partial
    ? 'No other entry of this input was found; the root has more entries than were looked at.'
    : 'No other entry of this input.';

function closestText(
  style: Style,
  { key, differences }: NonNullable<Explanation['closest']>,
): string {
  const head = `Closest entry of this input: ${key.config_hash}/${key.source_hash}`;
  if (differences.length === 0) return `${head}\nNo field is known to differ.`;
  const rows = table(
    style,
    [
      { title: 'FIELD', cell: ({ field }: Difference) => field },
      { title: 'WANTED', cell: ({ wanted }) => shown(wanted), shrinks: true },
      { title: 'FOUND', cell: ({ found }) => shown(found), shrinks: true },
    ],
    differences,
  );
  return `${head}\n${indented(rows)}`;
}

const shown = (value: unknown): string => (value === undefined ? '(none)' : exactText(value));

const indented = (text: string): string => text.replace(/^/gm, '  ');
