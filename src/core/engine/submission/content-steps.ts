import { isCabError } from '../../model/errors.ts';

/** Runs a step that fails if the content is bad; `otherwise` gives a substitute for its result. */
export type ContentSteps = <T>(
  step: () => T | Promise<T>,
  otherwise: () => T | Promise<T>,
) => Promise<T>;

export const strict: ContentSteps = async (step) => step();

/** Continues if the content cannot succeed, so that a job can report the failure. */
export const tolerant: ContentSteps = async (step, otherwise) => {
  try {
    return await step();
  } catch (error) {
    if (!(isCabError(error) && error.isAboutContent)) throw error;
    return otherwise();
  }
};
