/** What a program without a cache does before it can compare one song: it reads the columns, and makes numbers of them. */
export const readColumns = `
import sqlite3, sys
read = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True).execute(
    "SELECT year, artist, title, tempo, valence, energy, loudness FROM spine_master_v1_lanes"
    " WHERE echo_tier = 'EchoTier_1_YearEnd_Top40' AND has_audio = '1'")
songs = [(int(year), artist, title, float(t), float(v), float(e), float(l))
         for year, artist, title, t, v, e, l in read]
print(len(songs))
`;
