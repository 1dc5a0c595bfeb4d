/** All tracks, each with its latest result and the age of it. */
import { listTracks, type Tracks } from '../../data/entries.ts';
import { useEvents, useResource } from '../../data/resource.ts';
import { go, links, param, withParams } from '../../app/place.ts';
import { inputName, shortHash, shortId } from '../../format/format.ts';
import { Empty } from '../../parts/empty.tsx';
import { FindField } from '../../parts/find-field.tsx';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { Short } from '../../parts/copy.tsx';
import { Table } from '../../parts/table.tsx';
import { Ago } from '../../parts/time.tsx';

const columns = [
  { name: 'Track', kind: 'grow' },
  { name: 'Artifact', kind: 'wide' },
  { name: 'Configuration', kind: 'wide' },
  { name: 'Source', kind: 'wide' },
  { name: 'Job', kind: 'wide' },
  { name: 'Latest', kind: 'number' },
] as const;

export function TracksPage() {
  const [q, cursor] = [param('q'), param('cursor')];
  const tracks = useResource(`${q} ${cursor}`, (asking) =>
    listTracks({ q, cursor, limit: 100 }, asking),
  );
  useEvents(({ type }) => type === 'done', tracks.reload);
  const { data, problem } = tracks;
  return (
    <>
      <Heading title="Tracks" />
      <search class="filters line">
        <FindField
          placeholder="a part of a track’s name   ( / )"
          text={q}
          change={(text) => go(withParams({ q: text, cursor: '' }), 'replace')}
        />
      </search>
      {problem !== undefined && <Problem problem={problem} retry={tracks.reload} />}
      {data === undefined ? (
        problem === undefined && <p class="quiet">Loading…</p>
      ) : (
        <>
          {data.unreadable.length > 0 && <Unreadable files={data.unreadable} />}
          {data.tracks.length > 0 ? (
            <TrackTable tracks={data.tracks} />
          ) : q === '' ? (
            <Empty command="cab submit song.features.json --track song">
              There is no track yet. The pointer of a track follows the results of its jobs:
            </Empty>
          ) : (
            <Empty>No track has this in its name.</Empty>
          )}
          <nav class="pager" aria-label="Pages of tracks">
            {cursor !== '' && <a href={withParams({ cursor: '' })}>First</a>}
            {data.next !== null && (
              <a rel="next" href={withParams({ cursor: data.next })}>
                Further
              </a>
            )}
          </nav>
        </>
      )}
    </>
  );
}

const TrackTable = ({ tracks }: { tracks: Tracks['tracks'] }) => (
  <Table caption="Tracks" columns={columns}>
    {tracks.map((track) => (
      <tr key={track.track_id}>
        <th scope="row" class="grow">
          <a href={links.track(track.track_id)}>{track.track_id}</a>
        </th>
        <td class="wide">
          <a href={links.entry(track)}>{decodeURIComponent(inputName(track.artifact))}</a>
        </td>
        <td class="wide">
          <Short whole={track.config_hash} shown={shortHash(track.config_hash)} />
        </td>
        <td class="wide">
          <Short whole={track.source_hash} shown={shortHash(track.source_hash)} />
        </td>
        <td class="wide">
          {track.job_id === null ? (
            '–'
          ) : (
            <a href={links.job(track.job_id)}>{shortId(track.job_id)}</a>
          )}
        </td>
        <td class="number">
          <Ago at={track.at} />
        </td>
      </tr>
    ))}
  </Table>
);

const Unreadable = ({ files }: { files: Tracks['unreadable'] }) => (
  <Section title="Pointers that cannot be read">
    <ul class="problem">
      {files.map(({ file, error }) => (
        <li key={file}>
          <code class="broken">{file}</code>: {error}
        </li>
      ))}
    </ul>
  </Section>
);
