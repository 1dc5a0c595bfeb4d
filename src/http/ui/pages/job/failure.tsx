import type { Job } from '../../data/jobs.ts';

/** What went wrong, and what to do. Its last lines are what the runner wrote. */
export function Failure({ job: { error, problem, status } }: { job: Job }) {
  if (error === null) return null;
  const [first = '', ...rest] = error.split('\n');
  return (
    <div class="problem" role={status === 'error' ? 'alert' : undefined}>
      <p>
        <strong>{first}</strong>
      </p>
      {rest.length > 0 && (
        <pre tabIndex={0} aria-label="The last lines of the runner">
          {rest.join('\n')}
        </pre>
      )}
      {problem !== null && problem.hint !== '' && <p>{problem.hint}</p>}
      {problem !== null && (
        <p class="quiet">
          <code>{problem.code}</code>
        </p>
      )}
    </div>
  );
}
