/** Rows of a run, one a goal; figures that no goal names have a row of their own. */
export function rowsOf({ points }) {
  return points.flatMap((point) => {
    if (point.skipped !== undefined)
      return [{ point: point.name, measured: `skipped: ${point.skipped}` }];
    if (point.failure !== undefined) return [{ point: point.name, measured: 'failed', met: false }];
    const figures = new Map(point.figures.map((figure) => [figure.subject, figure]));
    const judged = point.goals.map((goal) => goalRow(point, goal, figures));
    const named = new Set(point.goals.flatMap(({ of, times }) => [of, times]));
    const plain = point.figures.filter(({ subject }) => !named.has(subject));
    return [...judged, ...plain.map((figure) => plainRow(point, figure))];
  });
}

const columns = [
  { key: 'point', title: 'point' },
  { key: 'subject', title: 'of' },
  { key: 'measured', title: 'measured', right: true },
  { key: 'peer', title: 'peer', right: true },
  { key: 'ratio', title: 'ratio', right: true },
  { key: 'goal', title: 'goal' },
  { key: 'verdict', title: '' },
  { key: 'bound', title: 'bounded by' },
];

export function table(run) {
  const rows = rowsOf(run).map((row) => ({ ...row, verdict: verdictOf(row) }));
  const shown = columns.filter(({ key }) => rows.some((row) => row[key]));
  const widths = shown.map(({ key, title }) =>
    Math.max(
      title.length,
      ...rows.filter((row) => !isNote(row)).map((row) => row[key]?.length ?? 0),
    ),
  );
  const line = (cells) => `${cells.join('  ').trimEnd()}\n`;
  const aligned = (value, at) =>
    shown[at].right ? value.padStart(widths[at]) : value.padEnd(widths[at]);
  const head = line(shown.map(({ title }, at) => aligned(title, at)));
  const body = rows.map((row) =>
    isNote(row)
      ? line([row.point.padEnd(widths[0]), row.measured])
      : line(shown.map(({ key }, at) => aligned(row[key] ?? '', at))),
  );
  const notes = run.points.flatMap((point) => point.notes ?? []).map((note) => `${note}\n`);
  return `\n${head}${body.join('')}\n${notes.join('')}${machineLine(run.machine)}\n`;
}

export function list(points) {
  const width = Math.max(...points.map(({ name }) => name.length));
  const lines = points.map(({ name, what, sizes }) => {
    const settable = Object.entries(sizes ?? {}).map(([size, value]) => `${size}=${value}`);
    return `${name.padEnd(width)}  ${what}\n${' '.repeat(width)}  ${settable.join(' ')}\n`;
  });
  process.stdout.write(lines.join(''));
}

export function machineLine({ processor, cores, system, file_system, node, load }) {
  return `${cores} cores, ${processor}; ${system}, ${file_system}; Node ${node}; load ${load} before it began. Medians of the rounds.`;
}

const isNote = ({ measured }) => measured.startsWith('skipped') || measured === 'failed';

const verdictOf = ({ met }) => (met === undefined ? '' : met ? 'met' : 'MISSED');

function goalRow(point, goal, figures) {
  const { of, times, value, met } = goal;
  const own = figures.get(of);
  return {
    point: point.name,
    what: goal.what ?? point.what,
    subject: of,
    measured: amount(own.median, own.unit),
    peer:
      times === undefined
        ? ''
        : `${times} ${amount(figures.get(times).median, figures.get(times).unit)}`,
    ratio: times === undefined ? '' : `${value.toFixed(2)} ×`,
    goal: goalText(goal, own.unit),
    met,
    bound: goal.bound ?? point.bound ?? '',
  };
}

function plainRow(point, { subject, median, unit }) {
  return {
    point: point.name,
    what: point.what,
    subject,
    measured: amount(median, unit),
    bound: '',
  };
}

function goalText({ atLeast, atMost, times }, unit) {
  const limit = atLeast ?? atMost;
  const sign = atLeast === undefined ? '≤' : '≥';
  return times === undefined ? `${sign} ${amount(limit, unit)}` : `${sign} ${limit} × ${times}`;
}

/** Three digits that count, thousands with commas. */
function amount(value, unit) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const number = value.toLocaleString('en-US', { maximumFractionDigits: digits });
  return `${number}${unit.startsWith('/') ? '' : ' '}${unit}`;
}
