import prettyBytes from 'pretty-bytes';
import type { GcDecision, GcReport } from '../../../core/model/report/gc-report.ts';
import type { WrittenThrough } from '../../../core/model/report/written-through.ts';
import { formatKey, type EntryKey } from '../../../core/model/entry/key.ts';
import { counted } from '../../../support/text/counted.ts';
import { paint, type Style, type Tone } from '../style.ts';
import { fields, type Field } from '../table.ts';
import { oneLine, padded, truncated } from '../text-width.ts';
import { duration } from '../time.ts';

const tones: Readonly<Record<GcDecision['action'], Tone | undefined>> = {
  keep: 'dim',
  remove: 'yellow',
  fail: 'red',
};

/**
 * One line an entry, in columns of fixed width, because a list may have a million lines:
 * `remove    45d    1.2 kB  no track needs it, older than 30d   CONFIG/SOURCE`
 */
export function decisionLine(style: Style, decision: GcDecision): string {
  const { action, bytes, modified_at, reason } = decision;
  const age = style.now - Date.parse(modified_at);
  const size = bytes === null ? '' : prettyBytes(bytes);
  const room = style.width - fixedColumns;
  const reasonWidth = Math.max(leastText, Math.min(34, room - leastText));
  return [
    paint(style, tones[action], action.padEnd(6)),
    (age < 0 ? 'ahead' : duration(age)).padStart(7),
    size.padStart(8),
    padded(fitting(oneLine(reason), reasonWidth, style), reasonWidth),
    paint(style, 'dim', fitting(formatKey(decision), room - reasonWidth, style)),
  ].join('  ');
}

/** Width of action, age and size, with the gaps between all five columns. */
const fixedColumns = 6 + 7 + 8 + 4 * 2;
/** A reason or key shorter than this is useless, and the line is broken instead. */
const leastText = 15;

/** Not shortened if the width is unknown. */
const fitting = (text: string, width: number, style: Style): string =>
  style.width === Infinity ? text : truncated(text, Math.max(leastText, width));

/** What was done, or would be. Counts of 0 are left out, except that of entries. */
export function gcText(style: Style, report: GcReport): string {
  const { entries, trash, swept, jobs, dry_run, policy } = report;
  const rows: Field[] = [
    [
      dry_run ? 'would go' : 'removed',
      `${entries.removed} of ${counted(entries.seen, 'entry', 'entries')}, ${prettyBytes(entries.removed_bytes)}`,
      entries.removed > 0 ? 'yellow' : undefined,
    ],
    ['kept', counted(entries.kept, 'entry', 'entries') + sizeOfKept(report)],
  ];
  if (report.tracks.length > 0) rows.push(['tracks', tracksNamed(report), 'yellow']);
  if (entries.failed > 0) rows.push(['failed', counted(entries.failed, 'entry', 'entries'), 'red']);
  const emptied = parts([
    [trash.deleted, 'deleted'],
    [trash.put_back, 'put back, for they are needed'],
    [trash.waiting, `younger than ${duration(policy.grace_s * 1000)}`],
  ]);
  if (emptied !== '') rows.push(['trash', emptied]);
  const records = parts([
    [jobs.trimmed, 'jobs'],
    [jobs.results, 'results of tracks'],
    [jobs.aliases, 'aliases'],
    [jobs.digests, 'digests'],
  ]);
  if (records !== '') rows.push(['records', records]);
  const rests = parts([
    [swept.staging, 'in staging'],
    [swept.temporary, 'half-written'],
    [swept.quarantine, 'in quarantine'],
    [swept.logs, 'logs'],
    [swept.inputs, 'inputs'],
    [swept.cache, 'in the cache'],
    [swept.directories, 'empty directories'],
  ]);
  if (rests !== '') rows.push(['rests', rests]);
  for (const { error } of report.unreadable) rows.push(['unreadable', error, 'red']);
  for (const note of report.notes) rows.push(['note', note, 'yellow']);
  return fields(style, rows);
}

const mostTracks = 5;

/** `3 removed, with their history: a, b, c` */
function tracksNamed({ tracks, dry_run }: GcReport): string {
  const names = tracks.slice(0, mostTracks).map(oneLine).join(', ');
  const more = tracks.length > mostTracks ? `, and ${tracks.length - mostTracks} more` : '';
  return `${tracks.length} ${dry_run ? 'would go' : 'removed'}, with their history: ${names}${more}`;
}

const sizeOfKept = ({ entries: { kept_bytes, over } }: GcReport): string =>
  (kept_bytes === null ? '' : `, ${prettyBytes(kept_bytes)}`) +
  (over === 0 ? '' : ` (${prettyBytes(over)} too many)`);

const parts = (counts: readonly (readonly [count: number, what: string])[]): string =>
  counts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${count} ${what}`)
    .join(', ');

export const pinText = (key: EntryKey, what: 'pin' | 'unpin', changed: boolean): string =>
  `${formatKey(key)}  ${what === 'pin' ? 'pinned' : 'not pinned'}${changed ? '' : ', as before'}`;

export const restoredText = (key: EntryKey, restored: boolean): string =>
  `${formatKey(key)}  ${restored ? 'restored' : 'stands in its place'}`;

export const pinsText = (pins: readonly EntryKey[], place: string): string =>
  pins.length === 0 ? `no pins in ${place}` : pins.map(formatKey).join('\n');

/** What `cab gc --flush` did. */
export const flushedText = ({ written, left, problems }: WrittenThrough): string =>
  [
    [
      written === 0 ? 'nothing was to be flushed' : `flushed ${counted(written, 'result')}`,
      ...(left === 0 ? [] : [`${counted(left, 'result')} not yet: try again`]),
    ].join('; '),
    ...problems,
  ].join('\n');
