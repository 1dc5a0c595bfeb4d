// Scales a plain PPM picture (P3) down to WIDTH pixels, 4 if it is not set: node thumb.js IN OUT
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { dirname } = require('node:path');

const [source, target] = process.argv.slice(2);
const text = readFileSync(source, 'utf8').replace(/#.*/g, '');
const [magic, ...words] = text.trim().split(/\s+/);
if (magic !== 'P3') throw new Error(`${source} is no plain PPM`);
const [width, height, most, ...samples] = words.map(Number);

const columns = Math.min(width, Number(process.env.WIDTH ?? 4));
const rows = Math.max(1, Math.round((height * columns) / width));
const lines = Array.from({ length: rows }, (_, row) =>
  Array.from({ length: columns }, (_, column) => meanOf(row, column)).join('  '),
);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `P3\n${columns} ${rows}\n${most}\n${lines.join('\n')}\n`);

/** The mean colour of the part of the picture that becomes one pixel. */
function meanOf(row, column) {
  const sum = [0, 0, 0];
  let count = 0;
  for (let y = edge(row, rows, height); y < edge(row + 1, rows, height); y += 1)
    for (let x = edge(column, columns, width); x < edge(column + 1, columns, width); x += 1) {
      for (const colour of [0, 1, 2]) sum[colour] += samples[(y * width + x) * 3 + colour];
      count += 1;
    }
  return sum.map((value) => Math.round(value / count)).join(' ');
}

function edge(at, parts, whole) {
  return Math.floor((at * whole) / parts);
}
