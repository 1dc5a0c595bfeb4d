const width = 760;
const height = 460;
const frame = { left: 74, right: 170, top: 64, bottom: 64 };
/** Told apart also by those who do not tell red from green. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00'];
const dashes = ['', '7 4', '2 3', '10 3 2 3', '4 2'];

/** Both axes logarithmic: a level line is a cost that does not grow. */
export function plot({ machine, scales }) {
  const names = Object.keys(scales[0].costs);
  const all = scales.flatMap(({ costs }) => Object.values(costs)).filter((cost) => cost > 0);
  const decades = {
    from: Math.floor(Math.log10(Math.min(...all))),
    to: Math.ceil(Math.log10(Math.max(...all))),
  };
  const x = (scale) =>
    along(Math.log10(scale) / Math.log10(scales.at(-1).scale), frame.left, width - frame.right);
  const y = (cost) =>
    along(
      (Math.log10(cost) - decades.from) / (decades.to - decades.from),
      height - frame.bottom,
      frame.top,
    );
  const lines = names.map((name, at) => ({ name, at, points: pointsOf(scales, name, x, y) }));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>What an operation costs as the root grows</title>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="26" font-size="16" font-weight="bold">What an operation costs as the root grows</text>
<text x="${frame.left}" y="46" fill="#555">time of one, both axes logarithmic; ${machine.cores} cores, ${machine.processor}</text>
${gridOf(decades, x, y, scales)}
${lines.map(lineOf).join('\n')}
${labelsOf(lines)}
</svg>
`;
}

const along = (share, from, to) => from + share * (to - from);

function pointsOf(scales, name, x, y) {
  return scales
    .filter(({ costs }) => costs[name] > 0)
    .map(({ scale, costs }) => ({ x: x(scale), y: y(costs[name]), cost: costs[name] }));
}

function gridOf({ from, to }, x, y, scales) {
  const right = width - frame.right;
  const bottom = height - frame.bottom;
  const costs = Array.from({ length: to - from + 1 }, (_, at) => 10 ** (from + at));
  const levels = costs.map(
    (cost) =>
      `<line x1="${frame.left}" x2="${right}" y1="${round(y(cost))}" y2="${round(y(cost))}" stroke="#ddd"/>` +
      `<text x="${frame.left - 8}" y="${round(y(cost) + 4)}" text-anchor="end">${timeText(cost)}</text>`,
  );
  const uprights = scales.map(
    ({ scale, size }) =>
      `<line x1="${round(x(scale))}" x2="${round(x(scale))}" y1="${frame.top}" y2="${bottom}" stroke="#eee"/>` +
      `<text x="${round(x(scale))}" y="${bottom + 20}" text-anchor="middle">${scale} ×</text>` +
      `<text x="${round(x(scale))}" y="${bottom + 37}" text-anchor="middle" fill="#555" font-size="11">${count(size.entries)} entries, ${count(size.tracks)} tracks</text>` +
      `<text x="${round(x(scale))}" y="${bottom + 52}" text-anchor="middle" fill="#555" font-size="11">${count(size.ended)} ended jobs</text>`,
  );
  return [...levels, ...uprights].join('\n');
}

function lineOf({ at, points }) {
  const path = points.map((point) => `${round(point.x)},${round(point.y)}`).join(' ');
  const dots = points.map(
    (point) =>
      `<circle cx="${round(point.x)}" cy="${round(point.y)}" r="3.5" fill="${colours[at]}"/>`,
  );
  return `<polyline points="${path}" fill="none" stroke="${colours[at]}" stroke-width="2" stroke-dasharray="${dashes[at]}"/>\n${dots.join('')}`;
}

/** Beside the last point of each line; moved apart where two would lie on each other. */
function labelsOf(lines) {
  const ends = lines
    .filter(({ points }) => points.length > 0)
    .map((line) => ({ ...line, end: line.points.at(-1) }))
    .sort((one, other) => one.end.y - other.end.y);
  let lowest = -Infinity;
  return ends
    .map(({ name, at, end }) => {
      lowest = Math.max(end.y + 4, lowest + 17);
      return `<text x="${round(end.x + 12)}" y="${round(lowest)}" fill="${colours[at]}">${name}: ${timeText(end.cost)}</text>`;
    })
    .join('\n');
}

function timeText(microseconds) {
  const [value, unit] = microseconds < 1000 ? [microseconds, 'µs'] : [microseconds / 1000, 'ms'];
  return `${Number(value.toPrecision(2))} ${unit}`;
}

const count = (number) =>
  number < 1000 ? String(number) : number < 1e6 ? `${number / 1000} k` : `${number / 1e6} M`;

const round = (value) => Number(value.toFixed(1));
