import { AwsV4Signer } from 'aws4fetch';
import { randomUUID } from 'node:crypto';
import { Skipped } from '../measure.js';

/** The server of S3 that tests use: test/servers/ceph.sh start */
export const endpoint = process.env.CAB_TEST_S3 ?? 'http://127.0.0.1:38080';
export const credentials = { accessKeyId: 'cabkey', secretAccessKey: 'cabsecret' };
const bucket = 'cab-bench';

/** The variables of a process that uses it. */
export const environment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_REGION: 'us-east-1',
};

/** A prefix of its own, `s3://bucket/prefix`. The point is skipped where no server answers. */
export async function freshPrefix() {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
  } catch {
    throw new Skipped(`no server of S3 at ${endpoint}; test/servers/ceph.sh start`);
  }
  await send('PUT', `/${bucket}`);
  return `s3://${bucket}/${randomUUID()}`;
}

/** One signed request, as the shortest program makes it. */
export async function send(method, path, body, headers = {}) {
  const signed = await new AwsV4Signer({
    ...credentials,
    ...{ method, url: endpoint + path, region: 'us-east-1', service: 's3', headers, body },
  }).sign();
  const answer = await fetch(signed.url, { method, headers: signed.headers, body });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
}
