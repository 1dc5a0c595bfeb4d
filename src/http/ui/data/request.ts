/** Requests to the daemon that serves this page. Each carries the token of this tab, if it has one. */
import * as is from './shape.ts';
import { needsToken, token } from './session.ts';

/** A request that the daemon refused, or that did not reach it. */
export class Refusal extends Error {
  /** Of the table of errors; `unreachable` if there was no answer. */
  readonly code: string;
  readonly hint: string | undefined;
  readonly status: number;

  constructor(status: number, code: string, detail: string, hint?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export interface Asking {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

const problemShape = is.lenient(
  is.object({
    error: is.string,
    detail: is.nullable(is.string),
    title: is.nullable(is.string),
    hint: is.nullable(is.string),
  }),
);

/** @throws Refusal; AbortError of the signal */
export async function send(path: string, asking: Asking = {}): Promise<Response> {
  const { method = 'GET', body, signal, headers = {} } = asking;
  const response = await fetch(path, {
    method,
    ...(signal && { signal }),
    headers: {
      ...headers,
      ...(token.value !== null && { authorization: `Bearer ${token.value}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new Refusal(0, 'unreachable', 'The daemon does not answer.', 'Start it: cab serve');
  });
  if (response.ok) return response;
  throw await refusalOf(response);
}

/** The answer, checked against its shape. @throws as `send` */
export async function ask<T>(shape: is.Shape<T>, path: string, asking: Asking = {}): Promise<T> {
  const response = await send(path, asking);
  const answer: unknown = await response.json();
  try {
    return shape(answer, '');
  } catch (error) {
    if (!(error instanceof is.Mismatch)) throw error;
    throw new Refusal(
      response.status,
      'unexpected_answer',
      `${path}: ${error.message}`,
      'Load the page again: the daemon was replaced.',
    );
  }
}

async function refusalOf(response: Response): Promise<Refusal> {
  const { status, statusText } = response;
  if (status === 401) needsToken.value = true;
  const body: unknown = await response.json().catch(() => null);
  const problem = problemShape(body, '');
  if (problem === null) return new Refusal(status, 'http', `${status} ${statusText}`);
  const { error, detail, title, hint } = problem;
  return new Refusal(status, error, detail ?? title ?? error, hint ?? undefined);
}

/** A query string of what is not empty, with its question mark. */
export function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError';
