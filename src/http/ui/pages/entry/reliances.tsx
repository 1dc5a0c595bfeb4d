import type { Entry } from '../../data/entries.ts';
import { links } from '../../app/place.ts';
import { bytes, plural, shortId } from '../../format/format.ts';
import { Facts } from '../../parts/section.tsx';
import { StateLabel } from '../../parts/state.tsx';
import { Ago, Moment } from '../../parts/time.tsx';

export function EntryFacts({ entry }: { entry: Entry }) {
  const size = entry.files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  return (
    <Facts
      rows={[
        ['Published', <Moment key="published" at={entry.created_at} />],
        [
          'Last verified',
          entry.verified_at === null ? (
            'not on record'
          ) : (
            <Ago key="verified" at={entry.verified_at} />
          ),
        ],
        [
          'Last read',
          entry.read_at === null ? 'not on record' : <Ago key="read" at={entry.read_at} />,
        ],
        ['Size', `${bytes(size)} in ${plural(entry.files.length, 'file')}`],
        [
          'Configuration',
          <code key="config" class="broken">
            {entry.config_hash}
          </code>,
        ],
        [
          'Source',
          <code key="source" class="broken">
            {entry.source_hash}
          </code>,
        ],
      ]}
    />
  );
}

/** What keeps the entry from garbage collection. */
export function Reliances({ entry: { pinned, tracks, jobs, whole } }: { entry: Entry }) {
  if (!pinned && tracks.length === 0 && jobs.length === 0)
    return <p>Nothing: garbage collection may take it.</p>;
  return (
    <>
      {pinned && (
        <p>
          <strong>Pinned.</strong> No garbage collection takes it.
        </p>
      )}
      {tracks.length > 0 && (
        <>
          <h3>Tracks</h3>
          <ul class="plain-list">
            {tracks.map((track) => (
              <li key={track}>
                <a class="broken" href={links.track(track)}>
                  {track}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      {jobs.length > 0 && (
        <>
          <h3>Jobs</h3>
          <ul class="plain-list">
            {jobs.map((job) => (
              <li key={job.job_id} class="spread">
                <a href={links.job(job.job_id)}>{shortId(job.job_id)}</a>
                <StateLabel state={job.status} cached={job.cached} />
                <span class="quiet">
                  <Ago at={job.submitted_at} />
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {!whole && <p class="quiet">There are more.</p>}
    </>
  );
}
