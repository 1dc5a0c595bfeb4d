/** The events of one job, from its first on, and as they happen until it ends. */
import { signal, type ReadonlySignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { readEvents } from './event-reader.ts';
import { eventShape, type JobEvent } from './events.ts';
import { nextFrame } from './frame.ts';
import { openJobEvents } from './jobs.ts';
import { isAbort, Refusal } from './request.ts';
import { progressOf, type Progress } from '../parts/progress.ts';

/** What the events say together. Output is counted, not kept: the log has it. */
export interface JobStory {
  readonly steps: readonly JobEvent[];
  readonly progress: Progress | undefined;
  /** Pieces of output so far: rises when the log has grown. */
  readonly outputs: number;
  readonly isEnded: boolean;
}

const begin: JobStory = { steps: [], progress: undefined, outputs: 0, isEnded: false };
const mostSteps = 500;
const pauseMs = 2000;

export function useJobStory(id: string): ReadonlySignal<JobStory> {
  const story = useMemo(() => signal<JobStory>(begin), [id]);
  useEffect(() => {
    const abort = new AbortController();
    void follow(id, abort.signal, (next) => (story.value = next));
    return () => abort.abort();
  }, [id]);
  return story;
}

async function follow(
  id: string,
  abort: AbortSignal,
  tell: (story: JobStory) => void,
): Promise<void> {
  let last: string | undefined;
  let story = begin;
  const told = nextFrame(() => tell(story));
  const isOver = (): boolean => abort.aborted || story.isEnded;
  while (!isOver()) {
    try {
      const headers = last === undefined ? {} : { 'last-event-id': last };
      const response = await openJobEvents(id, { signal: abort, headers });
      await readEvents(response, (data, eventId, type) => {
        if (eventId !== undefined && eventId !== '') last = eventId;
        story = type === 'end' ? { ...story, isEnded: true } : withEvent(story, data);
        told();
      });
    } catch (error) {
      if (isAbort(error) || (error instanceof Refusal && error.status !== 0)) return;
    }
    if (!isOver()) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function withEvent(story: JobStory, data: string): JobStory {
  if (data === '') return story;
  const event = eventShape(JSON.parse(data), '');
  switch (event.type) {
    case 'stdout':
    case 'stderr':
      return { ...story, outputs: story.outputs + 1 };
    case 'progress':
      return { ...story, progress: progressOf(event) };
    default:
      return { ...story, steps: [...story.steps, event].slice(-mostSteps) };
  }
}
