/**
 * Writes songs.csv and three features files: 300 synthetic songs, the same on every run. Neither the artists
 * nor the songs exist, and the numbers were never measured on anything. The spine is then made by
 *
 *   cab spine import examples/songs.csv --out examples/spine.db
 *
 * Usage: node examples/make-spine.js [folder]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? import.meta.dirname;
const random = generator(1985);

const adjectives = [
  'Amber',
  'Brittle',
  'Copper',
  'Distant',
  'Electric',
  'Feral',
  'Gentle',
  'Hollow',
];
adjectives.push('Ivory', 'Jagged', 'Kind', 'Lunar', 'Marble', 'Northern', 'Opal', 'Paper');
const nouns = [
  'Harbours',
  'Lanterns',
  'Orchards',
  'Pylons',
  'Quarries',
  'Rivers',
  'Sparrows',
  'Tides',
];
nouns.push('Umbrellas', 'Valleys', 'Windmills', 'Yards');
const verbs = [
  'Carry',
  'Count',
  'Follow',
  'Forget',
  'Hold',
  'Leave',
  'Mend',
  'Paint',
  'Wake',
  'Weigh',
];
const objects = [
  'Me Home',
  'the Hours',
  'the Long Way',
  'a Quiet Light',
  'Nothing Twice',
  'the Shore',
];
objects.push('My Shadow', 'This Town', 'the Last Train', 'Every Door', 'Your Echo', 'the Rain');

const header = 'artist,title,year,tempo,valence,energy,loudness';
const songs = Array.from({ length: 300 }, (_, place) => songOf(place));
write('songs.csv', [header, ...songs].map((line) => `${line}\n`).join(''));

writeFeatures('driving', { tempo_bpm: 171.3, energy: 0.88, valence: 0.61, loudness_LUFS: -5.2 });
writeFeatures('ballad', {
  tempo_global: 68.4,
  tempo_confidence_score: 0.31,
  energy_mean: 0.24,
  valence_mean: 0.18,
  integrated_LUFS: -14.9,
});
writeFeatures('midtempo', { tempo: 104, rms_energy: 0.55, valence: 0.47, loudness: -9.1 });

/** Each pair of a verb and an object comes up at most three times, each time by other artists. */
function songOf(place) {
  const artist = `The ${pick(adjectives)} ${pick(nouns)}`;
  const title = `${verbs[place % verbs.length]} ${objects[Math.floor(place / verbs.length) % objects.length]}`;
  const year = 1985 + Math.floor(36 * random());
  // Loud songs tend to be fast and full of energy, as in music that does exist.
  const drive = (random() + random()) / 2;
  const tempo = 62 + 90 * drive + 40 * random();
  const energy = 0.1 + 0.7 * drive + 0.2 * random();
  const loudness = -16 + 10 * drive + 4 * random();
  const numbers = [tempo, 0.05 + 0.9 * random(), energy, loudness];
  return [artist, title, year, ...numbers.map((number) => number.toFixed(3))].join(',');
}

function pick(list) {
  return list[Math.floor(random() * list.length)];
}

function writeFeatures(name, features) {
  write(`${name}.features.json`, `${JSON.stringify(features, null, 2)}\n`);
}

function write(name, text) {
  writeFileSync(join(folder, name), text);
}

/** Numbers from 0 to 1, the same for every run (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
