import type { Explanation, Job } from '../../data/jobs.ts';
import { Command } from '../../parts/copy.tsx';
import { commandOf, curlOf } from './repeat-command.ts';

/** What to type to have the same job again. */
export function Repeat({ job, explanation }: { job: Job; explanation: Explanation | undefined }) {
  const request = explanation?.request ?? null;
  if (request === null || explanation?.kept === true)
    return (
      <>
        <p class="quiet">
          {explanation?.kept === true
            ? 'Its input was sent, not named: send it again, or try the job again by its id.'
            : 'What it was asked with is not on record. A failed or canceled job can be tried again by its id:'}
        </p>
        <Command label="Shell" text={`cab retry ${job.job_id}`} />
      </>
    );
  return (
    <>
      <Command label="Shell" text={commandOf(request, job.runner)} />
      <Command label="HTTP" text={curlOf(request, location.origin)} />
    </>
  );
}
