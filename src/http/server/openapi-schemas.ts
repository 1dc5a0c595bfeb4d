import * as z from 'zod/mini';
import { facetCountsSchema } from '../../core/model/job/facets.ts';
import { entryDetailSchema } from '../../core/model/report/entry-detail.ts';
import { gcPlanSchema, rootReportsSchema } from '../../core/model/report/root-reports.ts';
import { statsSchema } from '../../core/model/report/stats.ts';
import { queueAnswerSchema, queueRequestSchema } from '../wire/queue.ts';
import { explanationSchema, jobExplanationSchema } from '../wire/explanations.ts';
import { manyChangedSchema } from '../../core/model/job/many-jobs.ts';
import { manyRequestSchema } from '../wire/job-bulk.ts';
import { trackPageSchema } from '../wire/track-page.ts';
import { takenEntrySchema } from '../wire/entry-transfer.ts';
import { problemSchema } from '../wire/error-codec.ts';
import { shownJobSchema, shownJobsSchema } from '../wire/job-answer.ts';
import {
  historyAnswerSchema,
  jobEventSchema,
  manifestAnswerSchema,
  pointerAnswerSchema,
  submissionSchema,
  tracksAnswerSchema,
} from '../wire/protocol.ts';

/** The bodies of the API, by their names in the OpenAPI document. */
export const schemas = {
  Submission: submissionSchema,
  Job: shownJobSchema,
  Jobs: shownJobsSchema,
  FacetCounts: facetCountsSchema,
  JobEvent: jobEventSchema,
  Explanation: explanationSchema,
  JobExplanation: jobExplanationSchema,
  EntryDetail: entryDetailSchema,
  Reports: rootReportsSchema,
  GcPlan: gcPlanSchema,
  Stats: statsSchema,
  ManyRequest: manyRequestSchema,
  ManyChanged: manyChangedSchema,
  QueueRequest: queueRequestSchema,
  Queue: queueAnswerSchema,
  Pointer: pointerAnswerSchema,
  Tracks: tracksAnswerSchema,
  TrackPage: trackPageSchema,
  History: historyAnswerSchema,
  Manifest: manifestAnswerSchema,
  TakenEntry: takenEntrySchema,
  State: z.object({ status: z.string() }),
  Problem: problemSchema,
} as const satisfies Readonly<Record<string, z.ZodMiniType>>;

export type SchemaName = keyof typeof schemas;
