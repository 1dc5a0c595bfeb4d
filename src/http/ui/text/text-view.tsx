/** A long text, in a window: live at its end, searched, and never loaded whole. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { bytes, percent } from '../format/format.ts';
import { Problem } from '../parts/problem.tsx';
import { AnsiLine } from './ansi-line.tsx';
import { Found } from './found.tsx';
import { endOf, rowText } from './lines.ts';
import { TextReader } from './reader.ts';
import { RowList } from './row-list.tsx';
import type { TextSource } from './source.ts';

interface TextViewProps {
  /** The same for as long as the text is the same. */
  readonly source: TextSource;
  readonly label: string;
  /** `end`: opened at the end, and followed there. */
  readonly opens: 'start' | 'end';
  /** Rises when the text may have grown. */
  readonly grown?: number;
  readonly empty: string;
}

export function TextView({ source, label, opens, grown = 0, empty }: TextViewProps) {
  const reader = useMemo(() => new TextReader(source), [source]);
  const wanted = useSignal('');
  useEffect(() => {
    reader.follows.value = opens === 'end';
    void (opens === 'end' ? reader.openEnd() : reader.openAt(0));
    return () => reader.close();
  }, [reader]);
  useEffect(() => {
    if (grown > 0) void reader.grew();
  }, [grown]);

  const view = reader.view.value;
  const { window, size, shift, place, side } = view;
  const follows = reader.follows.value;
  const isPart = window.from > 0 || endOf(window) < size;
  if (reader.problem.value !== undefined) return <Problem problem={reader.problem.value} />;
  if (size === 0)
    return <p class="quiet boxed">{reader.isLoading.value && place === 0 ? 'Loading…' : empty}</p>;

  const near = (edge: 'start' | 'end'): void => {
    if (edge === 'start' && window.from > 0) void reader.growUp();
    if (edge === 'end' && endOf(window) < size) void reader.growDown();
  };
  return (
    <div class="text">
      <div class="text-head">
        <input
          type="search"
          class="grow"
          aria-label={`Filter the lines of ${label}`}
          placeholder="Filter lines"
          spellcheck={false}
          onInput={({ currentTarget }) => (wanted.value = currentTarget.value)}
        />
        {isPart && wanted.value === '' && (
          <label class="slider">
            <span class="unseen">Place in the text</span>
            <input
              type="range"
              min={0}
              max={size}
              step={Math.max(1, Math.floor(size / 1000))}
              value={window.from}
              aria-valuetext={`${bytes(window.from)} of ${bytes(size)}`}
              onChange={({ currentTarget }) => {
                reader.follows.value = false;
                void reader.openAt(Number(currentTarget.value));
              }}
            />
          </label>
        )}
        <span class="quiet">
          {isPart ? `at ${percent(window.from, size)} of ${bytes(size)}` : bytes(size)}
        </span>
        <span class="buttons">
          <button type="button" onClick={() => toStart(reader)}>
            Start
          </button>
          <button
            type="button"
            aria-pressed={opens === 'end' ? follows : undefined}
            onClick={() => toEnd(reader, opens === 'end')}
          >
            {opens === 'end' ? 'Follow' : 'End'}
          </button>
        </span>
      </div>
      {wanted.value.trim() === '' ? (
        <RowList
          label={label}
          rows={window.rows.length}
          row={(index) => (
            <AnsiLine key={window.from + (window.rows[index] ?? 0)} line={rowText(window, index)} />
          )}
          version={view}
          shift={shift}
          jump={{ place, side }}
          follows={follows}
          onNear={near}
          onScroll={(isAtEnd) => {
            if (isAtEnd !== follows && opens === 'end' && endOf(window) >= size)
              reader.follows.value = isAtEnd;
            if (!isAtEnd && follows) reader.follows.value = false;
          }}
        />
      ) : (
        <Found
          source={source}
          wanted={wanted.value.trim()}
          grown={grown}
          label={label}
          go={(at) => {
            wanted.value = '';
            reader.follows.value = false;
            void reader.openAt(at);
          }}
        />
      )}
    </div>
  );
}

function toStart(reader: TextReader): void {
  reader.follows.value = false;
  void reader.openAt(0);
}

function toEnd(reader: TextReader, follow: boolean): void {
  reader.follows.value = follow;
  void reader.openEnd();
}
