import { useSignal } from '@preact/signals';
import { Heading } from '../parts/heading.tsx';
import { keepToken, token } from '../data/session.ts';

export function TokenForm() {
  const typed = useSignal('');
  const isRefused = token.value !== null;
  const submit = (event: Event): void => {
    event.preventDefault();
    const text = typed.value.trim();
    if (text !== '') keepToken(text);
  };
  return (
    <div class="narrow">
      <Heading title="Token" />
      <p>
        {isRefused
          ? 'The daemon does not know this token. Give another.'
          : 'This daemon wants a token. It is kept for this tab.'}
      </p>
      <form class="line" onSubmit={submit}>
        <label class="field grow">
          <span>Token</span>
          <input
            type="password"
            autoComplete="off"
            spellcheck={false}
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="main">
          Go on
        </button>
      </form>
      <p class="quiet">
        A line of <code>--token-file</code>, or the value of <code>CAB_TOKEN</code>.
      </p>
    </div>
  );
}
