/** The thread in which a daemon reads and hashes large data: bodies of submissions, and the inputs that they name. */
import { hashInput, type HashedInput } from '../../../core/hashing/hash-input.ts';
import { type InputFormat } from '../../../core/model/runner/runner-identity.ts';
import { packError, type PackedError } from '../../../support/thread/packed-error.ts';
import { fenceWithin } from '../../../support/paths/path-fence.ts';
import { answerTasks } from '../../../support/thread/thread-side.ts';
import { digestBody } from '../../wire/submission-body.ts';
import type { UnknownFields } from '../../wire/submission-members.ts';

export type ReadingTask =
  | { readonly body: Uint8Array; readonly unknown: UnknownFields }
  | {
      readonly path: string;
      readonly format: InputFormat;
      /** The directories of the fence that the path must lie within; undefined if there is no fence. */
      readonly roots: readonly string[] | undefined;
    };

/** A DigestedInput without its class, which is lost when it is copied between threads. */
export interface PackedInput {
  readonly content: Uint8Array;
  readonly isText: boolean;
  readonly digest: string;
  readonly json: string | PackedError;
}

export type ReadingAnswer =
  | { readonly fields: string; readonly input: PackedInput | undefined }
  | { readonly hashed: HashedInput };

answerTasks<ReadingAnswer>(
  async (task: ReadingTask) => {
    if ('path' in task) {
      const { path, format, roots } = task;
      const fence = roots && fenceWithin(roots);
      return { hashed: await hashInput(path, format, undefined, fence) };
    }
    const { fields, input } = digestBody(task.body, task.unknown);
    if (input === undefined) return { fields, input };
    const { content, isText, digest, json } = input;
    const packed = typeof json === 'string' ? json : packError(json);
    return { fields, input: { content, isText, digest, json: packed } };
  },
  (answer) => ['hashed' in answer ? answer.hashed.bytes : answer.input?.content],
);
