import type { Refusal } from '../data/request.ts';

/** What went wrong with a request, and what to do. */
export function Problem({ problem, retry }: { problem: Refusal; retry?: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.message}</strong>
      </p>
      {problem.hint !== undefined && <p>{problem.hint}</p>}
      <p class="quiet">
        <code>{problem.code}</code>
        {retry !== undefined && (
          <button type="button" class="plain" onClick={retry}>
            Try again
          </button>
        )}
      </p>
    </div>
  );
}
