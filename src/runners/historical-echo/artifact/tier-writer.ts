import { bandsOf } from './bands.ts';
import { pythonFloat } from './python-number.ts';
import { slugOf } from './slug.ts';
import type { CsvSong } from '../spine/songs-csv.ts';
import {
  type SpineDatabase,
  columnsOf,
  quoted,
  requireColumns,
  songColumns,
} from '../spine/spine-database.ts';
import type { Tier } from './tiers.ts';

/**
 * Empties the tier and returns a function that adds a song to it. `source` names the origin of the axes.
 * @throws CabError spine_invalid if `path` has the table, but not its columns
 */
export function tierWriter(
  database: SpineDatabase,
  path: string,
  tier: Tier,
  source: string,
): (song: CsvSong) => void {
  const wanted = ['spine_track_id', ...songColumns, ...fallbackColumns(tier)];
  const definition = wanted.map((column) => `${column} TEXT`).join(', ');
  database.exec(`CREATE TABLE IF NOT EXISTS ${quoted(tier.table)} (${definition})`);
  requireColumns(database, path, tier.table, songColumns);
  const present = columnsOf(database, tier.table);
  const columns = wanted.filter((column) => present.has(column));
  database.prepare(`DELETE FROM ${quoted(tier.table)} WHERE echo_tier = ?`).run(tier.echoTier);
  const insert = database.prepare<string[]>(
    `INSERT INTO ${quoted(tier.table)} (${columns.join(', ')})
     VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let count = 0;
  return (song) => {
    const id = `t${tier.label.charAt(4)}_${String(count).padStart(5, '0')}`;
    const values: Readonly<Record<string, string>> = {
      ...song,
      ...bandsOf(numberOf(song.tempo), numberOf(song.valence), numberOf(song.energy)),
      spine_track_id: id,
      echo_tier: tier.echoTier,
      has_audio: '1',
      slug: slugOf(song.artist, song.title),
      audio_features_path: source,
    };
    insert.run(...columns.map((column) => values[column] ?? ''));
    count += 1;
  };
}

/** A row of tier 3 without its own features path would be looked up in AcousticBrainz. */
const fallbackColumns = (tier: Tier): readonly string[] =>
  tier.label === 'tier3_modern' ? ['slug', 'audio_features_path'] : [];

const numberOf = (text: string): number => pythonFloat(text) ?? NaN;
