import type { Job } from '../../data/jobs.ts';
import { AnsiLine } from '../../text/ansi-line.tsx';

const shownLines = 8;

/** What went wrong, the last lines that the runner wrote, and what to do. */
export function Failure({ job: { error, problem, status } }: { job: Job }) {
  if (error === null) return null;
  const [first = '', ...rest] = error.split('\n');
  const written = problem?.details['last_lines'];
  const lines = (Array.isArray(written) ? written.map(String) : rest).slice(-shownLines);
  return (
    <div class="problem" role={status === 'error' ? 'alert' : undefined}>
      <p>
        <strong>{first}</strong>
        {problem !== null && <span class="code">{problem.code}</span>}
      </p>
      {lines.length > 0 && (
        <pre tabIndex={0} aria-label="The last lines of the runner">
          {lines.map((line, n) => (
            <AnsiLine key={n} line={line} />
          ))}
        </pre>
      )}
      {problem !== null && problem.hint !== '' && <p>{problem.hint}</p>}
    </div>
  );
}
