import * as z from 'zod/mini';
import { facetCountsSchema } from '../../core/model/job/facets.ts';
import { entryDetailSchema } from '../../core/model/report/entry-detail.ts';
import { statsSchema } from '../../core/model/report/stats.ts';
import { queueAnswerSchema, queueRequestSchema } from '../wire/queue.ts';
import { problemSchema } from '../wire/error-codec.ts';
import {
  explanationSchema,
  historyAnswerSchema,
  jobEventSchema,
  jobSchema,
  jobsAnswerSchema,
  manifestAnswerSchema,
  pointerAnswerSchema,
  submissionSchema,
  tracksAnswerSchema,
} from '../wire/protocol.ts';

/** The bodies of the API, by their names in the OpenAPI document. */
export const schemas = {
  Submission: submissionSchema,
  Job: jobSchema,
  Jobs: jobsAnswerSchema,
  FacetCounts: facetCountsSchema,
  JobEvent: jobEventSchema,
  Explanation: explanationSchema,
  EntryDetail: entryDetailSchema,
  Stats: statsSchema,
  QueueRequest: queueRequestSchema,
  Queue: queueAnswerSchema,
  Pointer: pointerAnswerSchema,
  Tracks: tracksAnswerSchema,
  History: historyAnswerSchema,
  Manifest: manifestAnswerSchema,
  State: z.object({ status: z.string() }),
  Problem: problemSchema,
} as const satisfies Readonly<Record<string, z.ZodMiniType>>;

export type SchemaName = keyof typeof schemas;
