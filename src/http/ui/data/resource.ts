/** What a page shows of an answer: kept while the next one is on its way, and asked for again when it is stale. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { onJobEvents, type JobEvent } from './events.ts';
import { isAbort, Refusal, type Asking } from './request.ts';

export interface Resource<T> {
  readonly data: T | undefined;
  readonly problem: Refusal | undefined;
  readonly isLoading: boolean;
  /** True if `data` is of another key than the one that is asked for. */
  readonly isStale: boolean;
  /** Asks again, at most once in `calmMs` however often it is called. */
  readonly reload: () => void;
}

interface State<T> {
  readonly key: string;
  readonly data: T | undefined;
  readonly problem: Refusal | undefined;
  readonly isLoading: boolean;
}

/** Asks again if `key` changes. Until the answer is there, the data of the last key stays. */
export function useResource<T>(
  key: string | undefined,
  load: (asking: Asking) => Promise<T>,
  calmMs = 1000,
): Resource<T> {
  const state = useSignal<State<T>>({
    key: '',
    data: undefined,
    problem: undefined,
    isLoading: true,
  });
  const latest = useRef(load);
  latest.current = load;
  const again = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (key === undefined) return undefined;
    const abort = new AbortController();
    let isAsking = false;
    let isStale = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async (): Promise<void> => {
      isAsking = true;
      isStale = false;
      state.value = { ...state.peek(), isLoading: true };
      try {
        const data = await latest.current({ signal: abort.signal });
        if (!abort.signal.aborted)
          state.value = { key, data, problem: undefined, isLoading: false };
      } catch (error) {
        if (abort.signal.aborted || isAbort(error)) return;
        const problem = problemOf(error);
        const { key: old, data } = state.peek();
        state.value = { key, data: old === key ? data : undefined, problem, isLoading: false };
      }
      timer = setTimeout(() => {
        isAsking = false;
        if (isStale) void run();
      }, calmMs);
    };
    again.current = () => {
      isStale = true;
      if (!isAsking) void run();
    };
    void run();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key]);

  const reload = useCallback(() => again.current(), []);
  const { data, problem, isLoading } = state.value;
  return { data, problem, isLoading, isStale: state.value.key !== key, reload };
}

const problemOf = (error: unknown): Refusal =>
  error instanceof Refusal ? error : new Refusal(0, 'page', String(error));

/** Calls `then` for the events of a frame of which one fits. */
export function useEvents(
  fits: (event: JobEvent) => boolean,
  then: (events: readonly JobEvent[]) => void,
): void {
  const latest = useRef({ fits, then });
  latest.current = { fits, then };
  useEffect(
    () =>
      onJobEvents((events) => {
        const fitting = events.filter((event) => latest.current.fits(event));
        if (fitting.length > 0) latest.current.then(fitting);
      }),
    [],
  );
}

/** Events that change a row of a list of jobs. */
export const changesJob = ({ type }: JobEvent): boolean =>
  !['stdout', 'stderr', 'progress'].includes(type);
