/** Cancels or retries all jobs that fit the filters, once they were counted and the reader has agreed. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { changeMany, type ManyAnswer } from '../../data/jobs.ts';
import { Refusal } from '../../data/request.ts';
import { plural } from '../../format/format.ts';
import { askedFacets, type ShownFacets } from './facets.ts';

type Deed = 'cancel' | 'retry';

const words = {
  cancel: { name: 'Cancel', done: 'canceled', which: 'waiting or running job' },
  retry: { name: 'Retry', done: 'handed in again', which: 'failed job' },
} as const;

interface Step {
  readonly deed: Deed;
  /** Counted by a dry run. */
  readonly matched?: number;
  readonly isWhole?: boolean;
  readonly changed?: number;
  readonly refused?: ManyAnswer['refused'];
  readonly problem?: string;
  readonly phase: 'counting' | 'asking' | 'working' | 'ended';
}

export function Many({ shown, done }: { shown: ShownFacets; done: () => void }) {
  const step = useSignal<Step | null>(null);
  const facets = (): Partial<ShownFacets> => askedFacets(shown);

  const attempt = async (deed: Deed, work: () => Promise<Step>): Promise<void> => {
    try {
      step.value = await work();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      step.value = { deed, phase: 'ended', problem: error.message };
    }
  };
  const begin = (deed: Deed): Promise<void> => {
    step.value = { deed, phase: 'counting' };
    return attempt(deed, async () => {
      const { matched, whole, next } = await changeMany(deed, facets(), { dry_run: true });
      return { deed, phase: 'asking', matched, isWhole: whole && next === null };
    });
  };
  const work = (deed: Deed): Promise<void> =>
    attempt(deed, async () => {
      let [changed, next]: [number, string | null] = [0, null];
      const refused: ManyAnswer['refused'] = [];
      do {
        step.value = { deed, phase: 'working', changed };
        const cursor = next === null ? {} : { cursor: next };
        const answer: ManyAnswer = await changeMany(deed, facets(), { dry_run: false, ...cursor });
        changed += answer.changed;
        refused.push(...answer.refused);
        next = answer.next;
      } while (next !== null);
      done();
      return { deed, phase: 'ended', changed, refused };
    });

  return (
    <>
      <button type="button" onClick={() => void begin('retry')}>
        Retry all…
      </button>
      <button type="button" onClick={() => void begin('cancel')}>
        Cancel all…
      </button>
      {step.value !== null && (
        <Dialog
          step={step.value}
          work={(deed) => void work(deed)}
          close={() => (step.value = null)}
        />
      )}
    </>
  );
}

interface DialogProps {
  readonly step: Step;
  readonly work: (deed: Deed) => void;
  readonly close: () => void;
}

function Dialog({ step, work, close }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { deed, phase, matched = 0 } = step;
  const { name } = words[deed];
  return (
    <dialog ref={dialog} aria-labelledby="many" onClose={close}>
      <h2 id="many">{name} many jobs</h2>
      <div aria-live="polite">
        <Told step={step} />
      </div>
      <div class="actions">
        {phase === 'asking' && matched > 0 && (
          <button
            type="button"
            class={deed === 'cancel' ? 'danger' : 'main'}
            onClick={() => work(deed)}
          >
            {name} {plural(matched, 'job')}
          </button>
        )}
        <button
          type="button"
          disabled={phase === 'working'}
          onClick={() => dialog.current?.close()}
        >
          {phase === 'ended' || matched === 0 ? 'Close' : 'Leave them'}
        </button>
      </div>
    </dialog>
  );
}

function Told({
  step: { deed, phase, matched = 0, changed = 0, refused = [], problem, isWhole },
}: {
  step: Step;
}) {
  const { done, which } = words[deed];
  if (problem !== undefined) return <p class="bad">{problem}</p>;
  if (phase === 'counting') return <p>Counting…</p>;
  if (phase === 'working')
    return (
      <p>
        {plural(changed, 'job')} {done} so far…
      </p>
    );
  if (phase === 'ended')
    return (
      <>
        <p>
          {plural(changed, 'job')} {done}.
        </p>
        {refused[0] !== undefined && (
          <p>
            {plural(refused.length, 'job')} refused, the first because: {refused[0].detail}
          </p>
        )}
      </>
    );
  return (
    <p>
      {isWhole === true || matched === 0 ? '' : 'At least '}
      {matched === 0 ? `No ${which}` : plural(matched, which)} {matched === 1 ? 'fits' : 'fit'} the
      filters.
    </p>
  );
}
