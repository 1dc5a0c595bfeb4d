/** One entry: its files, what relies on it, and what is in them. */
import { getEntry, type Entry, type EntryFile } from '../../data/entries.ts';
import { useResource } from '../../data/resource.ts';
import { param } from '../../app/place.ts';
import { Copy, Short } from '../../parts/copy.tsx';
import { shortHash } from '../../format/format.ts';
import { Heading } from '../../parts/heading.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { FileTable } from './file-table.tsx';
import { FileView } from './file-view.tsx';
import { Neighbours } from './neighbours/neighbours.tsx';
import { EntryFacts, Reliances } from './reliances.tsx';

export function EntryPage({
  parts: [config_hash = '', source_hash = ''],
}: {
  parts: readonly string[];
}) {
  const key = { config_hash, source_hash };
  const entry = useResource(`${config_hash}/${source_hash}`, (asking) => getEntry(key, asking));
  const { data, problem } = entry;
  const file = data && chosenFile(data.files);
  const whole = `${config_hash}/${source_hash}`;
  return (
    <>
      <Heading
        title={data?.files.find(({ artifact }) => artifact)?.path ?? 'Entry'}
        under={
          <>
            <span class="quiet">entry</span>
            <Short whole={whole} shown={`${shortHash(config_hash)} / ${shortHash(source_hash)}`} />
            <Copy text={whole} what="the key" />
          </>
        }
      />
      {problem !== undefined && <Problem problem={problem} retry={entry.reload} />}
      {data === undefined ? (
        problem === undefined && <p class="quiet">Loading…</p>
      ) : (
        <div class="columns">
          <div class="column">
            {isNeighbours(file) && <Neighbours entry={data} file={file} />}
            <Section title="Files">
              <FileTable entry={data} shown={file} />
            </Section>
            {file !== undefined && <FileView key={file.path} entry={data} file={file} />}
          </div>
          <div class="column side">
            <Section title="Facts">
              <EntryFacts entry={data} />
            </Section>
            <Section title="Who relies on it">
              <Reliances entry={data} />
            </Section>
          </div>
        </div>
      )}
    </>
  );
}

/** The file that the address names, else the artifact. */
const chosenFile = (files: Entry['files']): EntryFile | undefined =>
  files.find(({ path }) => path === param('file')) ??
  files.find(({ artifact }) => artifact) ??
  files[0];

const isNeighbours = (file: EntryFile | undefined): file is EntryFile =>
  file?.artifact === true && file.path === 'historical_echo.json';
