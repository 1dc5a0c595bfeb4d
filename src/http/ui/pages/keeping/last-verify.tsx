import type { Finding, Reports } from '../../data/queue.ts';
import { links } from '../../app/place.ts';
import { bytes, count, duration, moment, plural } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { Table } from '../../parts/table.tsx';

export function LastVerify({ verify }: { verify: Reports['verify'] }) {
  if (verify === null)
    return (
      <Empty command="cab verify">
        The root was never checked whole. This reads every file, and compares it with its digest:
      </Empty>
    );
  const { report, counts, ended_at } = verify;
  const found = Object.entries(counts).filter(([, each]) => each > 0);
  return (
    <>
      <p>
        {found.length === 0 ? (
          <strong class="good">Sound.</strong>
        ) : (
          <strong class="bad">
            {found.map(([name, each]) => `${count(each)} ${name.replaceAll('_', ' ')}`).join(', ')}.
          </strong>
        )}{' '}
        <span class="quiet">
          {report !== null &&
            `${plural(report.entries.checked, 'entry', 'entries')} of ${count(report.entries.found)}, ${bytes(report.bytes)} in ${duration(report.elapsed_s * 1000)}${report.quick ? ', names and sizes alone' : ''}. `}
          {moment(ended_at)}
        </span>
      </p>
      {report !== null && report.findings.length > 0 && (
        <Findings title="Findings" findings={report.findings} />
      )}
      {report !== null && report.notes.length > 0 && (
        <details>
          <summary>{plural(report.notes.length, 'note')}</summary>
          <Findings title="Notes" findings={report.notes} />
        </details>
      )}
    </>
  );
}

const shownAtMost = 200;

const Findings = ({ title, findings }: { title: string; findings: readonly Finding[] }) => (
  <>
    <Table
      caption={title}
      columns={[
        { name: 'What' },
        { name: 'Where and why', kind: 'grow' },
        { name: 'Touches', kind: 'wide' },
      ]}
    >
      {findings.slice(0, shownAtMost).map((finding, n) => (
        <tr key={n}>
          <th scope="row">{finding.class.replaceAll('_', ' ')}</th>
          <td class="grow">
            {finding.message}
            {finding.path !== null && (
              <div>
                <code class="broken quiet">{finding.path}</code>
              </div>
            )}
            {finding.repaired != null && <div>mended: {finding.repaired}</div>}
          </td>
          <td class="wide">
            {finding.tracks?.map((track) => (
              <a key={track} class="broken" href={links.track(track)}>
                {track}{' '}
              </a>
            ))}
          </td>
        </tr>
      ))}
    </Table>
    {findings.length > shownAtMost && (
      <p class="quiet">
        The first {shownAtMost} of {count(findings.length)}.
      </p>
    )}
  </>
);
