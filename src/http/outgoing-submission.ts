import { resolve } from 'node:path';
import { trackOfFile } from '../core/cas/track-name.ts';
import { parseSubmitRequest, type SubmitRequest } from '../core/model/submit-request.ts';
import { writeSubmission } from './submission-body.ts';

export interface OutgoingOptions {
  /** For a daemon that does not see the files of this machine. Only JSON can be sent. */
  readonly sendFiles: boolean;
  /** What paths are relative to. */
  readonly cwd: string;
}

/**
 * The body that submits this request. Input that goes out as text is checked first: unchecked, it could end its own
 * value and go on with fields of the request.
 * @throws CabError invalid_request, invalid_json, input_empty; with `sendFiles` all that reading a file may throw
 */
export async function outgoingSubmission(
  request: SubmitRequest,
  { sendFiles, cwd }: OutgoingOptions,
): Promise<Buffer> {
  const { features_text: text, ...fields } = parseSubmitRequest(request);
  const path = fields.features_path === undefined ? undefined : resolve(cwd, fields.features_path);
  if (text !== undefined) return writeSubmission(fields, await checkedText(text));
  if (sendFiles && path !== undefined) {
    const track_id = fields.track_id ?? trackOfFile(path);
    return writeSubmission({ ...fields, features_path: undefined, track_id }, await read(path));
  }
  if (sendFiles) return writeSubmission(fields);
  return writeSubmission({
    ...fields,
    ...(path !== undefined && { features_path: path }),
    ...(fields.db_path != null && { db_path: resolve(cwd, fields.db_path) }),
  });
}

async function checkedText(text: string): Promise<Uint8Array> {
  const { hashText } = await import('../core/hashing/hash-input.ts');
  hashText(text, 'features');
  return Buffer.from(text);
}

async function read(path: string): Promise<Uint8Array> {
  const { hashInput } = await import('../core/hashing/hash-input.ts');
  const { bytes } = await hashInput(path, 'json');
  return bytes ?? new Uint8Array();
}
