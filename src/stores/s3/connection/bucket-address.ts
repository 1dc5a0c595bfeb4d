import { CabError } from '../../../core/model/errors.ts';

/** Where a bucket is, and which part of it is used. */
export interface BucketAddress {
  readonly bucket: string;
  /** Ends with `/`, or is empty. */
  readonly prefix: string;
  /** Origin and path of the server. */
  readonly endpoint: URL;
  readonly region: string;
  /** The bucket is the first part of the path, not of the host name. */
  readonly isPathStyle: boolean;
  /** `s3://bucket/prefix`, for people. */
  readonly name: string;
}

/** For an answer that no server of S3 gives. */
export const hintOfEndpoint = ({ endpoint }: BucketAddress): string =>
  `Does ${endpoint.origin} speak S3? Correct AWS_ENDPOINT_URL_S3, or ?endpoint= in the address.`;

/** What the user's surroundings say of S3. */
export interface BucketSurroundings {
  readonly endpoint: string | undefined;
  readonly region: string;
}

/** Parameters of the address, which win over the surroundings. */
const known = ['endpoint', 'region', 'style'];

/**
 * Parses `s3://bucket/prefix?endpoint=…&region=…&style=path`. An endpoint of the user's own is asked with the bucket in the path,
 * because few such servers have a host name for each bucket.
 * @throws CabError usage
 */
export function bucketAddress(text: string, around: BucketSurroundings): BucketAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 's3:' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname))
    throw invalid(text, 'expected s3://bucket/prefix');
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '')
    throw invalid(text, 'expected s3://bucket/prefix, without credentials, port or fragment');
  const query = Object.fromEntries(url.searchParams);
  const strange = Object.keys(query).find((name) => !known.includes(name));
  if (strange !== undefined)
    throw invalid(text, `unknown parameter ${JSON.stringify(strange)}; known: ${known.join(', ')}`);
  const region = query['region'] ?? around.region;
  const own = query['endpoint'] ?? around.endpoint;
  const path = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, '');
  if (path.split('/').some((part) => part === '..' || part === '.'))
    throw invalid(text, 'the prefix may not contain . or ..');
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    endpoint: endpointOf(text, own ?? `https://s3.${region}.amazonaws.com`),
    region,
    isPathStyle: isPathStyle(text, query['style'], own !== undefined || url.hostname.includes('.')),
    name: `s3://${url.hostname}${path === '' ? '' : `/${path}`}`,
  };
}

function endpointOf(text: string, said: string): URL {
  const endpoint = URL.canParse(said) ? new URL(said) : undefined;
  if (endpoint !== undefined && ['http:', 'https:'].includes(endpoint.protocol)) return endpoint;
  throw invalid(text, `the endpoint ${JSON.stringify(said)} is not http://host:port`);
}

function isPathStyle(text: string, style: string | undefined, usual: boolean): boolean {
  if (style === undefined) return usual;
  if (style === 'path' || style === 'host') return style === 'path';
  throw invalid(text, 'style: expected path or host');
}

const invalid = (text: string, problem: string): CabError =>
  new CabError(
    'usage',
    `store ${JSON.stringify(text.replace(/\/\/[^/@]*@/, '//…@'))}: ${problem}`,
    {
      details: { field: 'store' },
    },
  );
