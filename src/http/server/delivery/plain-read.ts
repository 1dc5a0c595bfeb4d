import type { IncomingMessage } from 'node:http';

/** The parts of a request that an answer from memory may depend on. */
export type Asked = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>;

/** Whether the answer to a read depends only on the path, the entity tag and the caller. */
export function isPlainRead({ method, url = '', headers }: Asked): boolean {
  return (
    (method === 'HEAD' || (method === 'GET' && headers.range === undefined)) &&
    headers['if-match'] === undefined &&
    headers['if-unmodified-since'] === undefined &&
    headers.origin === undefined &&
    headers['content-encoding'] === undefined &&
    headers['content-length'] === undefined &&
    headers['transfer-encoding'] === undefined &&
    !url.includes('?')
  );
}
