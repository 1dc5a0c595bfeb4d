import { isCabError } from '../../model/errors.ts';

/** Takes a step that content may fail; `otherwise` gives what stands in for its result. */
export type ContentSteps = <T>(
  step: () => T | Promise<T>,
  otherwise: () => T | Promise<T>,
) => Promise<T>;

export const strict: ContentSteps = async (step) => step();

/** Goes on past content that cannot succeed, so that a job can say what became of it. */
export const tolerant: ContentSteps = async (step, otherwise) => {
  try {
    return await step();
  } catch (error) {
    if (!(isCabError(error) && error.isAboutContent)) throw error;
    return otherwise();
  }
};
