import type { State } from '../data/jobs.ts';

/** The shape tells a state as the colour does, and the word tells it without either. */
const shapes: Readonly<Record<string, string>> = {
  pending: 'M8 3.2a4.8 4.8 0 1 0 0 9.6a4.8 4.8 0 1 0 0-9.6M8 5.6V8l1.7 1.2',
  running: 'M8 3.2a4.8 4.8 0 1 1-4.8 4.8',
  done: 'M3.6 8.4l3 3 5.8-6.6',
  error: 'M4.4 4.4l7.2 7.2M11.6 4.4l-7.2 7.2',
  canceled: 'M3.6 8h8.8',
};

export const stateWords: Readonly<Record<State, string>> = {
  pending: 'waiting',
  running: 'running',
  done: 'done',
  error: 'failed',
  canceled: 'canceled',
};

export const StateMark = ({ state }: { state: string }) => (
  <svg class={`mark ${state}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
    <path d={shapes[state] ?? ''} />
  </svg>
);

interface StateLabelProps {
  readonly state: string;
  readonly cached?: boolean;
}

export function StateLabel({ state, cached = false }: StateLabelProps) {
  const word = Object.entries(stateWords).find(([name]) => name === state)?.[1] ?? state;
  return (
    <span class={`state ${state}`}>
      <StateMark state={state} />
      {word}
      {cached && <span class="quiet"> hit</span>}
    </span>
  );
}
