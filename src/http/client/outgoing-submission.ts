import { resolve } from 'node:path';
import { CabError } from '../../core/model/errors.ts';
import { trackOfFile } from '../../core/model/entry/track-name.ts';
import { parseSubmitRequest, type SubmitRequest } from '../../core/model/request/submit-request.ts';
import { writeSubmission } from '../wire/submission-body.ts';

export interface OutgoingOptions {
  /** Sends the content of files, for a daemon that does not see the files of this machine. */
  readonly sendFiles: boolean;
  /** The directory that paths are relative to. */
  readonly cwd: string;
}

/**
 * The body that submits this request.
 * @throws CabError invalid_request; with `sendFiles` also all errors of reading a file
 */
export async function outgoingSubmission(
  request: SubmitRequest,
  { sendFiles, cwd }: OutgoingOptions,
): Promise<Buffer> {
  const fields = parseSubmitRequest(request);
  if (sendFiles && fields.inputs !== undefined)
    throw new CabError('invalid_request', 'inputs: the daemon does not see files of this machine', {
      hint: 'Let a kind of job declare them, in the cab.config.json of the daemon.',
      details: { field: 'inputs' },
    });
  const path = fields.features_path === undefined ? undefined : resolve(cwd, fields.features_path);
  if (sendFiles && path !== undefined) {
    const track_id = fields.track_id ?? trackOfFile(path);
    return writeSubmission({
      ...fields,
      features_path: undefined,
      track_id,
      ...(await sent(path)),
    });
  }
  if (sendFiles) return writeSubmission(fields);
  return writeSubmission({
    ...fields,
    ...(path !== undefined && { features_path: path }),
    ...(fields.inputs !== undefined && { inputs_base: resolve(cwd, fields.inputs_base ?? '.') }),
    ...(fields.db_path != null && { db_path: resolve(cwd, fields.db_path) }),
  });
}

/**
 * Sends text only if the name of the file says JSON, because a runner that declares no format
 * takes all text for JSON.
 */
async function sent(
  path: string,
): Promise<Pick<SubmitRequest, 'features_text' | 'features_bytes'>> {
  const { readWhole, sentInputOf } = await import('../../core/hashing/hash-input.ts');
  const bytes = await readWhole(path);
  const input = path.toLowerCase().endsWith('.json') ? sentInputOf(bytes) : { bytes };
  return 'text' in input ? { features_text: input.text } : { features_bytes: input.bytes };
}
