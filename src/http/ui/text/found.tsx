/** The lines of a long text that hold what the reader looks for. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { isAbort, Refusal } from '../data/request.ts';
import { bytes, count, percent, plural } from '../format/format.ts';
import { AnsiLine } from './ansi-line.tsx';
import { RowList } from './row-list.tsx';
import { mostMatches, search, type Search } from './search.ts';
import type { TextSource } from './source.ts';

interface FoundProps {
  readonly source: TextSource;
  readonly wanted: string;
  readonly grown: number;
  readonly label: string;
  /** Takes the reader to a place in the text. */
  readonly go: (at: number) => void;
}

const typingMs = 200;

export function Found({ source, wanted, grown, label, go }: FoundProps) {
  const found = useSignal<Search>({ matches: [], searched: 0, size: 0, isEnded: false });
  const refusal = useSignal('');
  // The growth that the running search knows of. A text that grows is searched again when that search has ended; until
  // then its result stays.
  const covered = useSignal(grown);
  useEffect(() => {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      search(source, wanted, abort.signal, (next) => {
        found.value = next;
        refusal.value = '';
      }).catch((error: unknown) => {
        if (error instanceof Refusal) refusal.value = error.message;
        else if (!isAbort(error)) throw error;
      });
    }, typingMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [source, wanted, covered.value]);
  useEffect(() => {
    if (found.value.isEnded) covered.value = grown;
  }, [grown, found.value.isEnded]);

  const { matches, searched, size, isEnded } = found.value;
  const lines = `${matches.length >= mostMatches ? 'the first ' : ''}${plural(matches.length, 'line')}`;
  return (
    <>
      <p class="text-note" role="status">
        {refusal.value !== '' ? (
          <span class="bad">{refusal.value}</span>
        ) : isEnded ? (
          `${lines} of ${bytes(size)}`
        ) : (
          `${count(matches.length)} so far, ${percent(searched, size)} searched`
        )}
      </p>
      <RowList
        label={`Lines of ${label} with ${wanted}`}
        rows={matches.length}
        version={matches}
        row={(index) => {
          const match = matches[index];
          return (
            match && (
              <div key={index} class="found">
                <button type="button" title="Go there" onClick={() => go(match.at)}>
                  {bytes(match.at)}
                </button>
                <AnsiLine line={match.line} />
              </div>
            )
          );
        }}
      />
    </>
  );
}
