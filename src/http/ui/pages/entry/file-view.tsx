/** What is in a file: JSON as a tree, text in a window, an image as an image. All else is a download. */
import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { filePath, type Entry, type EntryFile } from '../../data/entries.ts';
import { isJson, largestJson, readJson } from '../../data/documents.ts';
import { useResource } from '../../data/resource.ts';
import { param, withParams } from '../../app/place.ts';
import { bytes } from '../../format/format.ts';
import { JsonTree } from '../../json/json-tree.tsx';
import { Problem } from '../../parts/problem.tsx';
import { Section } from '../../parts/section.tsx';
import { fileSource } from '../../text/source.ts';
import { TextView } from '../../text/text-view.tsx';
import { Picture, isPicture } from './picture.tsx';

type Way = 'tree' | 'text' | 'picture';

const names: Readonly<Record<Way, string>> = { tree: 'Tree', text: 'Text', picture: 'Picture' };

export function FileView({ entry, file }: { entry: Entry; file: EntryFile }) {
  const asText = useSignal(false);
  const path = filePath(entry, file.path);
  const ways = waysOf(file);
  const way =
    ways.find((each) => each === param('as')) ?? ways[0] ?? (asText.value ? 'text' : undefined);
  return (
    <Section
      title={file.path}
      note={
        ways.length > 1 && (
          <nav class="tabs" aria-label="Ways to show the file">
            {ways.map((each) => (
              <a
                key={each}
                href={withParams({ as: each === ways[0] ? '' : each })}
                aria-current={each === way ? 'true' : undefined}
              >
                {names[each]}
              </a>
            ))}
          </nav>
        )
      }
    >
      {file.size === 0 ? (
        <p class="quiet boxed">The file is empty.</p>
      ) : way === 'tree' ? (
        <Tree path={path} name={file.path} />
      ) : way === 'picture' ? (
        <Picture path={path} file={file} />
      ) : way === 'text' ? (
        <Text path={path} file={file} />
      ) : (
        <p class="boxed">
          Bytes of the type {file.content_type ?? 'unknown'}. Download the file, or{' '}
          <button type="button" class="plain" onClick={() => (asText.value = true)}>
            show it as text
          </button>
          .
        </p>
      )}
      {isJson(file.content_type, file.path) && (file.size ?? 0) > largestJson && (
        <p class="quiet">Too large for a tree: more than {bytes(largestJson)}.</p>
      )}
    </Section>
  );
}

function waysOf({ content_type, path, size, link }: EntryFile): Way[] {
  if (link !== null || size === null) return [];
  const type = content_type ?? '';
  const ways: Way[] = [];
  if (isPicture(type) && size <= largestPicture) ways.push('picture');
  if (isJson(type, path) && size <= largestJson) ways.push('tree');
  const isText = /^text\/|[/+](json|xml|yaml|toml|javascript|x-ndjson|sql|x-sh)\b/.test(type);
  if (isText || isJson(type, path) || /\.(log|txt|md|csv|tsv)$/.test(path)) ways.push('text');
  return ways;
}

const largestPicture = 20 << 20;

function Tree({ path, name }: { path: string; name: string }) {
  const json = useResource(path, (asking) => readJson(path, asking));
  if (json.problem !== undefined) return <Problem problem={json.problem} />;
  return json.isLoading ? (
    <p class="quiet boxed">Loading…</p>
  ) : (
    <div class="text">
      <JsonTree value={json.data} label={name} />
    </div>
  );
}

function Text({ path, file }: { path: string; file: EntryFile }) {
  const source = useMemo(() => fileSource(path, file.size ?? 0), [path]);
  return <TextView source={source} label={file.path} opens="start" empty="The file is empty." />;
}
