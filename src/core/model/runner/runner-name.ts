import { shownRunner } from '../request/queued-command.ts';
import { objectOf, objectOfSubmitter } from './runner-object.ts';

/** A runner as people know it: without the folder from which it was named. Commands of `cab run` are one. */
export const runnerName = (spec: string): string =>
  objectOf(spec) === objectOfSubmitter
    ? 'cab run'
    : shownRunner(spec).replace(/^@\/\S* (?:PYTHONPATH=\S* )?/, '');
