import type { Queue, Reports } from '../../data/queue.ts';
import { bytes, count, plural } from '../../format/format.ts';
import { links } from '../../app/place.ts';
import { Bar } from '../../parts/table.tsx';
import { Facts } from '../../parts/section.tsx';
import { Ago } from '../../parts/time.tsx';

export function Machine({ queue, reports }: { queue: Queue; reports: Reports | undefined }) {
  return (
    <Facts
      rows={[
        ['Workers', <Workers key="workers" queue={queue} />],
        ['Disk', <Disk key="disk" disk={queue.disk} />],
        [
          'Last verify',
          reports === undefined ? '…' : <LastVerify key="verify" verify={reports.verify} />,
        ],
        [
          'Last gc',
          reports === undefined ? (
            '…'
          ) : reports.gc === null ? (
            'none on record'
          ) : (
            <Ago key="gc" at={reports.gc.ended_at} />
          ),
        ],
        ['Version', `cab ${queue.version}`],
      ]}
    />
  );
}

function Workers({ queue: { concurrency, counts, paused } }: { queue: Queue }) {
  if (concurrency === null) return <>{count(counts.running)} busy</>;
  return (
    <>
      <Bar part={counts.running / concurrency} /> {Math.min(counts.running, concurrency)} of{' '}
      {concurrency} busy
      {paused && ', paused'}
    </>
  );
}

function Disk({ disk }: { disk: Queue['disk'] }) {
  if (disk === null) return <span class="quiet">not known</span>;
  const { total_bytes, free_bytes } = disk;
  const isShort = free_bytes < total_bytes * 0.05;
  return (
    <>
      <Bar part={1 - free_bytes / total_bytes} kind={isShort ? 'bad' : ''} /> {bytes(free_bytes)}{' '}
      free of {bytes(total_bytes)}
      {isShort && <strong class="bad"> almost full</strong>}
    </>
  );
}

function LastVerify({ verify }: { verify: Reports['verify'] }) {
  if (verify === null) return <>none on record</>;
  const found = Object.values(verify.counts).reduce((sum, each) => sum + each, 0);
  return (
    <a href={links.keeping}>
      <Ago at={verify.ended_at} />,{' '}
      {found === 0 ? 'sound' : <strong class="bad">{plural(found, 'finding')}</strong>}
    </a>
  );
}
