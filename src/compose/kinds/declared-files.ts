import type { DeclaredFiles, DeclaredInputs } from '../../core/ports/declared-inputs.ts';
import {
  changedInput,
  digestInputs,
  newInput,
  type DigestedFile,
} from '../../runners/command/inputs/digest-inputs.ts';
import { findProject } from '../../runners/command/project.ts';
import { selectInputs } from '../../runners/command/inputs/select-inputs.ts';

/** Reads declared inputs as `cab run` reads those of a command. @param passedOver directories that hold no input */
export const declaredFiles = (passedOver: readonly string[]): DeclaredInputs => ({
  async read({ base, inputs: named }, memory, signal): Promise<DeclaredFiles> {
    const project = findProject(base, passedOver);
    const selection = { named, mindsIgnored: true, outside: false, outputKind: () => undefined };
    const reselect = async () => (await selectInputs(project, selection)).inputs;
    const files = await digestInputs(await reselect(), memory, signal);
    return {
      content: Object.fromEntries(files.map(contentOf)),
      movedSince: async (ended) =>
        (await changedInput(files, ended)) ?? newInput(files, await reselect()),
    };
  },
});

/** A name that is not UTF-8 stands with its bytes in base 64. */
function contentOf({ item }: DigestedFile): [path: string, content: string] {
  const path = item.path ?? `base64:${item.path_b64 ?? ''}`;
  if ('link' in item) return [path, `-> ${item.link}`];
  return [path, item.mode === undefined ? item.sha256 : `${item.sha256} ${item.mode}`];
}
