/**
 * One operation of the API: what a request may hold, who may make it, and its answers. The routes and the OpenAPI
 * document are both made from these, so they cannot differ.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import type { Broker } from '../../core/engine/broker.ts';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/json/issue.ts';
import type { FacetCounts } from '../../core/model/job/facets.ts';
import type { GcPlan } from '../../core/model/report/root-reports.ts';
import type { Stats } from '../../core/model/report/stats.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import type { PathFence } from '../../support/paths/path-fence.ts';
import type { AnswerCache } from './delivery/answer-cache.ts';
import type { PageFiles } from './page/page-files.ts';
import type { RecentAnswers } from './delivery/recent-answers.ts';
import type { PeerGuard } from './guard/peers.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { HeldAnswers } from './connection/held-answers.ts';
import type { SchemaName } from './openapi-schemas.ts';
import type { JobMetricsFeed } from './metrics/job-metrics-feed.ts';
import type { EntryIntake, Role, ServerOptions, Settings, Upkeep, Workers } from './options.ts';

/** What handlers work with. */
export interface Services {
  readonly broker: Broker;
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly ongoing: HeldAnswers;
  readonly answers: AnswerCache;
  readonly recent: {
    readonly facets: RecentAnswers<FacetCounts>;
    readonly stats: RecentAnswers<Stats>;
    readonly gcPlan: RecentAnswers<GcPlan>;
  };
  /** The jobs that wait and run, as events tell. */
  readonly feed: JobMetricsFeed;
  readonly workers: Workers | undefined;
  readonly disk: ServerOptions['disk'];
  readonly upkeep: Upkeep | undefined;
  readonly intake: EntryIntake | undefined;
  /** Whether every caller has a token, or is a process of a user who was let in. */
  readonly knowsCallers: boolean;
  /** What a caller may do who was let in with this `Authorization`. */
  readonly roleOf: (authorization: string | undefined) => Role;
  /** Null if every peer may call. */
  readonly peers: PeerGuard | null;
  /** The directories that paths in a request may lie in. Undefined: anywhere. */
  readonly fence: PathFence | undefined;
  /** The request in a body. `left` makes a signal that ends reading it. Throws an error about the body. */
  readonly readSubmission: (body: Uint8Array, left: () => AbortSignal) => Promise<SubmitRequest>;
  /** Throws if a new job cannot be accepted now. */
  readonly checkReady: () => Promise<void>;
  /** Undefined if no page is served. */
  readonly page: PageFiles | undefined;
  /** The OpenAPI document, as text. */
  readonly document: () => string;
}

export interface Call<Query> {
  readonly services: Services;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** A parameter of the path, percent-decoded. */
  readonly param: (name: string) => string;
  readonly query: Query;
}

/** The answer of one status. Problem documents are added when the OpenAPI document is made. */
export interface Answer {
  readonly description: string;
  readonly schema?: SchemaName;
  /** Content type of a body that has no JSON schema. */
  readonly contentType?: string;
  readonly headers?: readonly string[];
}

interface Definition<Query> {
  /** `operationId`. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly summary: string;
  /** The role that a token needs; null: open to all. */
  readonly role: Role | null;
  readonly query: z.ZodMiniType<Query>;
  readonly body?: SchemaName;
  /** True: the body is bytes, and comes as a stream. */
  readonly bytes?: true;
  /** Request headers that change the answer. */
  readonly headers?: readonly string[];
  readonly answers: Readonly<Record<number, Answer>>;
  readonly handle: (call: Call<Query>) => Promise<unknown>;
}

export interface Endpoint extends Omit<Definition<unknown>, 'handle'> {
  handle(services: Services, request: FastifyRequest, reply: FastifyReply): Promise<unknown>;
}

/** Parses the query parameters before it calls `handle`. */
export const endpoint = <Query>(definition: Definition<Query>): Endpoint => ({
  ...definition,
  handle: async (services, request, reply) =>
    definition.handle({
      services,
      request,
      reply,
      param: (name) => paramsSchema.parse(request.params)[name] ?? '',
      query: parseQuery(definition.query, request.query),
    }),
});

/** For operations without parameters: any parameter is ignored, so that a client can add one to bypass a cache. */
export const anyQuery = z.looseObject({});

const paramsSchema = z.record(z.string(), z.string());

function parseQuery<Query>(schema: z.ZodMiniType<Query>, query: unknown): Query {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('invalid_request', `query, ${field}: ${problem}`, { details: { field } });
}
