import { CabError } from '../../../core/model/errors.ts';
import { hintOfEndpoint, type BucketAddress } from './bucket-address.ts';

/** A request that the server answered with a failure. */
export interface Refused {
  readonly method: string;
  /** Of the object; undefined: the bucket itself. */
  readonly key: string | undefined;
  readonly status: number;
  /** XML of S3, or what a proxy wrote; empty for HEAD. */
  readonly body: string;
}

const hints: Readonly<Record<string, string>> = {
  AccessDenied: 'Let these credentials read, write, list and delete in the bucket.',
  Forbidden:
    'Check the access key and its secret, and let them read, write, list and delete in the bucket.',
  InvalidAccessKeyId: 'Check AWS_ACCESS_KEY_ID, or the profile in ~/.aws/credentials.',
  SignatureDoesNotMatch: 'Check AWS_SECRET_ACCESS_KEY, or the profile in ~/.aws/credentials.',
  ExpiredToken: 'Get new credentials: the session has ended.',
  InvalidToken: 'Get new credentials: the session token is not valid.',
  RequestTimeTooSkewed: 'Set the clock of this machine: it differs from that of the server.',
  NoSuchBucket: 'Create the bucket, or correct its name.',
  AuthorizationHeaderMalformed:
    'Name the region of the bucket: AWS_REGION, or ?region= in the address.',
  PermanentRedirect: 'Name the region of the bucket: AWS_REGION, or ?region= in the address.',
  EntityTooLarge: 'Split the result into smaller files.',
  QuotaExceeded: 'Raise the quota of the bucket, or let garbage be collected.',
};

/** What S3 says of a request, as an error for the user. */
export function answerError(address: BucketAddress, refused: Refused): CabError {
  const { method, key, status, body } = refused;
  const said = codeIn(body) ?? (method === 'HEAD' ? codeOfHead[status] : undefined);
  const code = said ?? `status ${status}`;
  const what = key === undefined ? 'the bucket' : key;
  const text = messageIn(body);
  const isOfS3 = said !== undefined || method === 'HEAD';
  const hint = isOfS3 ? hints[code] : hintOfEndpoint(address);
  return new CabError(
    'store_refused',
    `store ${address.name} refuses ${method} of ${what}: ${code}${text === undefined ? '' : ` (${text})`}`,
    {
      ...(hint !== undefined && { hint }),
      details: { store: address.name, status, s3_code: code, ...(key !== undefined && { key }) },
    },
  );
}

const codeIn = (body: string): string | undefined => /<Code>(\w+)<\/Code>/.exec(body)?.[1];

/** Words of the server for people; control characters in them reach no terminal. */
const messageIn = (body: string): string | undefined =>
  /<Message>([^<]{1,200})/.exec(body)?.[1]?.replace(/\p{Cc}/gu, ' ');

/** An answer to HEAD has no words. */
const codeOfHead: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  403: 'Forbidden',
};

/** Something else than a server of S3 has answered. */
export const notS3 = (address: BucketAddress, answer: string, cause?: unknown): CabError =>
  new CabError('store_refused', `store ${address.name}: ${answer} is not one of S3`, {
    hint: hintOfEndpoint(address),
    details: { store: address.name },
    cause,
  });
