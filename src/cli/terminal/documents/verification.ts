/** Findings of `cab verify`: for people, as JUnit, and as annotations of GitHub Actions. */
import prettyBytes from 'pretty-bytes';
import { formatKey } from '../../../core/model/entry/key.ts';
import {
  findingClasses,
  type Finding,
  type FindingClass,
  type VerifyReport,
} from '../../../core/model/report/verify-report.ts';
import { paint, type Style, type Tone } from '../style.ts';
import { fields, type Field } from '../table.ts';
import { duration } from '../time.ts';

const words: Readonly<Record<Finding['class'], readonly [string, Tone]>> = {
  corrupt: ['corrupt', 'red'],
  missing: ['missing', 'red'],
  dangling_pointer: ['dangling', 'red'],
  stray: ['stray', 'yellow'],
  leftover: ['leftover', 'yellow'],
  unreadable: ['unreadable', 'yellow'],
  changed_while_reading: ['changing', 'yellow'],
  job_store: ['job store', 'red'],
  not_reproducible: ['differs', 'yellow'],
};

/** More findings are only counted; `--json` has them. */
const mostShown = 100;

export function verifyText(style: Style, report: VerifyReport): string {
  const shown = report.findings.slice(0, mostShown).map((finding) => findingText(style, finding));
  const more = report.findings.length - shown.length;
  if (more > 0) shown.push(paint(style, 'dim', `… and ${more} more; --json tells all`));
  return [...shown, summary(style, report)].join('\n\n');
}

/** Two lines, and the known facts below them. */
function findingText(style: Style, finding: Finding): string {
  const [word, tone] = words[finding.class];
  const under = (label: string, text: string): string[] =>
    text === '' ? [] : [`            ${paint(style, 'dim', `${label}  ${text}`)}`];
  return [
    `${paint(style, tone, word.padEnd(10))}  ${finding.path}`,
    `            ${finding.message}`,
    ...under('expected', finding.expected ?? ''),
    ...under('found   ', finding.actual ?? ''),
    ...under('tracks  ', finding.tracks.join(', ')),
    ...under('jobs    ', finding.jobs.join(', ')),
    ...(finding.repaired === null
      ? under('mend    ', finding.mend ?? '')
      : [`            ${paint(style, 'green', finding.repaired)}`]),
  ].join('\n');
}

function summary(style: Style, report: VerifyReport): string {
  const { entries, counts, sound, pointers, files, bytes, elapsed_s, notes, recomputed } = report;
  const found = findingClasses.filter((name) => counts[name] > 0);
  const rows: Field[] = [
    [
      'verdict',
      sound && found.length === 0
        ? 'sound'
        : found.map((name) => `${counts[name]} ${words[name][0]}`).join(', '),
      sound ? 'green' : 'red',
    ],
    ['entries', checkedText(entries)],
    ['pointers', String(pointers)],
    [
      'read',
      `${files} files, ${prettyBytes(bytes)} in ${duration(elapsed_s * 1000)}` +
        (bytes === 0 || elapsed_s === 0 ? '' : `, ${prettyBytes(bytes / elapsed_s)}/s`),
    ],
  ];
  if (recomputed > 0) rows.push(['recomputed', String(recomputed)]);
  for (const note of notes) rows.push(['note', note, 'yellow']);
  return fields(style, rows);
}

function checkedText({ found, checked, fresh, unsampled }: VerifyReport['entries']): string {
  const parts = [`${checked} of ${found} checked`];
  if (fresh > 0) parts.push(`${fresh} checked lately`);
  if (unsampled > 0) parts.push(`${unsampled} not in the sample`);
  return parts.join(', ');
}

/** One test case for each class, which fails if there are findings of it, and one for the check itself. */
export function junitXml(report: VerifyReport): string {
  const cases = findingClasses.map((name) => {
    const found = report.findings.filter((finding) => finding.class === name);
    const failures = found.map(
      (finding) =>
        `<failure message="${escaped(`${finding.path}: ${finding.message}`)}" type="${name}">${escaped(detailsOf(finding))}</failure>`,
    );
    const skipped = wasSkipped(name, report) ? '<skipped message="needs --recompute"/>' : '';
    return `    <testcase classname="cab.verify" name="no ${name.replaceAll('_', ' ')}">${failures.join('')}${skipped}</testcase>`;
  });
  const skipped = findingClasses.filter((name) => wasSkipped(name, report)).length;
  const failed = findingClasses.filter((name) => report.counts[name] > 0).length;
  const counts = `tests="${cases.length}" failures="${failed}" skipped="${skipped}" time="${report.elapsed_s}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="cab verify ${escaped(report.root)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** True for a check that this call did not make. */
const wasSkipped = (name: FindingClass, { recomputed, counts }: VerifyReport): boolean =>
  name === 'not_reproducible' && recomputed === 0 && counts[name] === 0;

/** One workflow command for each finding. GitHub shows ten of a kind, so the summary comes first. */
export function annotations(report: VerifyReport): string {
  const { checked, found } = report.entries;
  const head = `::notice title=cab verify::${commandText(`${checked} of ${found} entries checked, ${report.findings.length} findings`)}`;
  const lines = report.findings.map((finding) => {
    const level = ['corrupt', 'missing', 'dangling_pointer', 'job_store'].includes(finding.class)
      ? 'error'
      : 'warning';
    return `::${level} file=${commandProperty(finding.path)},title=${words[finding.class][0]}::${commandText([finding.message, detailsOf(finding)].join('\n').trim())}`;
  });
  return [head, ...lines].join('\n');
}

function detailsOf({ key, expected, actual, tracks, jobs, mend, repaired }: Finding): string {
  const lines = [
    key && `entry: ${formatKey(key)}`,
    expected && `expected: ${expected}`,
    actual && `found: ${actual}`,
    tracks.length > 0 && `tracks: ${tracks.join(', ')}`,
    jobs.length > 0 && `jobs: ${jobs.join(', ')}`,
    repaired === null ? mend && `mend: ${mend}` : `repaired: ${repaired}`,
  ];
  return lines.filter((line) => typeof line === 'string').join('\n');
}

/** XML 1.0 does not allow most control characters, escaped or not. */
const escaped = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex -- it looks for these
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const commandText = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const commandProperty = (text: string): string =>
  commandText(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
