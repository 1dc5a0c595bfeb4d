import type { Pointer, PointerRecord } from '../../../core/model/entry/pointer.ts';
import { shortId } from '../../names/short-name.ts';
import type { Style } from '../style.ts';
import { table } from '../table.ts';
import { oneLine } from '../text-width.ts';
import { dateAndTime, relative } from '../time.ts';
import { counted } from '../../../support/text/counted.ts';

export const trackTable = (style: Style, pointers: readonly Pointer[]): string =>
  table(
    style,
    [
      { title: 'TRACK', cell: (pointer: Pointer) => pointer.track_id, shrinks: true },
      { title: 'ETAG', cell: (pointer) => short(pointer.etag) },
      { title: 'KEY', cell: keyOf, shrinks: true },
    ],
    pointers,
  );

/** One track a line, then their number. */
export function removedTracksText(tracks: readonly TrackKey[], dryRun: boolean): string {
  const lines = tracks.map((track) => `${oneLine(track.track_id)}  ${keyOf(track)}`);
  return [...lines, `${dryRun ? 'would go' : 'removed'}  ${counted(tracks.length, 'track')}`].join(
    '\n',
  );
}

type TrackKey = Pick<Pointer, 'track_id' | 'config_hash' | 'source_hash'>;

/** The latest first; `AT` is what `cab get --at` takes. */
export const historyTable = (style: Style, records: readonly PointerRecord[]): string =>
  table(
    style,
    [
      { title: 'AT', cell: (row: Numbered) => String(row.at), alignRight: true },
      {
        title: 'WHEN',
        cell: ({ record }) => (record.at === '' ? 'unknown' : dateAndTime(record.at)),
        shrinks: dateAndMinute,
        drops: 3,
      },
      {
        title: '',
        cell: ({ record }) => (record.at === '' ? '' : `(${relative(record.at, style.now)})`),
        drops: 0,
      },
      { title: 'ETAG', cell: ({ record }) => short(record.etag), drops: 1 },
      { title: 'JOB', cell: ({ record }) => shortId(record.job_id) },
      { title: 'KEY', cell: ({ record }) => keyOf(record), shrinks: true, drops: 2 },
    ],
    records.map((record, index) => ({ record, at: index + 1 })),
  );

const dateAndMinute = '2026-01-01 00:00…'.length;

interface Numbered {
  readonly record: PointerRecord;
  readonly at: number;
}

const keyOf = ({ config_hash, source_hash }: TrackKey): string => `${config_hash}/${source_hash}`;

/** How many digits of an etag are shown; enough to tell versions of a track apart. */
const short = (etag: string): string => etag.slice(0, 12);
