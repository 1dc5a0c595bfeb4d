import { useSignal } from '@preact/signals';
import { Refusal } from '../data/request.ts';

interface DeedProps<T> {
  readonly name: string;
  readonly work: () => Promise<T>;
  readonly done: (answer: T) => void;
  readonly isDangerous?: boolean;
}

/** A button that asks the daemon to do something, and says if it refuses. */
export function Deed<T>({ name, work, done, isDangerous = false }: DeedProps<T>) {
  const refusal = useSignal('');
  const isSent = useSignal(false);
  const press = async (): Promise<void> => {
    isSent.value = true;
    refusal.value = '';
    try {
      done(await work());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusal.value = error.message;
    } finally {
      isSent.value = false;
    }
  };
  return (
    <>
      {refusal.value !== '' && (
        <span class="bad" role="alert">
          {refusal.value}
        </span>
      )}
      <button
        type="button"
        class={isDangerous ? 'danger' : ''}
        disabled={isSent.value}
        onClick={() => void press()}
      >
        {name}
      </button>
    </>
  );
}
