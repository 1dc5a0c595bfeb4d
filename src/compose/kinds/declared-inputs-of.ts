import type { DeclaredInputs } from '../../core/ports/declared-inputs.ts';

/** Reads declared inputs. What reads them is loaded with the first job that declares one. @param passedOver directories that hold no input */
export const declaredInputsOf = (passedOver: readonly string[]): DeclaredInputs => ({
  async read(...asked) {
    const { declaredFiles } = await import('./declared-files.ts');
    return declaredFiles(passedOver).read(...asked);
  },
});
