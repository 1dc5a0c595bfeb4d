/**
 * What a test leaves for others to undo. Hooks of Vitest belong to the file that registers them, and many test files share one
 * process, where a module is evaluated once: a hook of a helper would serve the first file alone. So `setup.ts`, which runs
 * for each file, registers the hooks for all helpers.
 */
type Undo = () => unknown;

const afterTest: Undo[] = [];
const afterFile: Undo[] = [];

/** `undo` is called after the running test. */
export function undoneAfterTest(undo: Undo): void {
  afterTest.push(undo);
}

/** `undo` is called after the last test of the running file. */
export function undoneAfterFile(undo: Undo): void {
  afterFile.push(undo);
}

export const undoTest = (): Promise<void> => undoAll(afterTest);
export const undoFile = (): Promise<void> => undoAll(afterFile);

/** All of them, the latest first, also if one fails. */
async function undoAll(undoing: Undo[]): Promise<void> {
  const errors: unknown[] = [];
  for (const undo of undoing.splice(0).reverse()) {
    try {
      await undo();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'what a test left could not be undone');
}
