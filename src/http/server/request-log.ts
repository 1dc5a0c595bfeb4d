import type { FastifyBaseLogger } from 'fastify';
import { shortUrl } from './routing.ts';

interface AnsweredRequest {
  /** Absent if the logger already adds it to each line. */
  readonly request_id: string | undefined;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
}

/** Writes the log line of an answered request. */
export function logRequest(
  logger: FastifyBaseLogger | undefined,
  { request_id, method, url, status, ms }: AnsweredRequest,
): void {
  const line = { request_id, method, url: shortUrl(url), status, ms: toMicroseconds(ms) };
  logger?.info(line, 'request');
}

const toMicroseconds = (ms: number): number => Math.round(ms * 1000) / 1000;
