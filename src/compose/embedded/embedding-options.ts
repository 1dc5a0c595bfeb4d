/** Checks the options of an embedding program, which may be untyped JavaScript. */
import * as z from 'zod/mini';
import type { Runner } from '../../core/ports/runner.ts';
import { CabError } from '../../core/model/errors.ts';
import { issueOf } from '../../core/model/json/issue.ts';
import { segmentSchema } from '../../core/model/entry/key.ts';
import { mostInlineBytes } from '../../core/model/entry/light-weight.ts';
import { labelSchema } from '../../core/model/request/label.ts';
import { hasMethods, logger } from './checked.ts';
import { closest } from '../../support/text/closest.ts';

const text = z.string().check(z.minLength(1));
const whole = (least: number) => z.int().check(z.minimum(least));
/** The longest time of a timer, in milliseconds. */
const milliseconds = (least: number) =>
  z.number().check(z.minimum(least), z.maximum(2_147_483_647));

const isRunner = (value: unknown): value is Runner =>
  hasMethods(value, ['identify', 'configure', 'accept', 'run', 'close']);

const optionsSchema = z.strictObject({
  root: z.optional(text),
  store: z.optional(
    z.union(
      [z.enum(['directory', 'memory']), z.templateLiteral(['s3://', z.string()])],
      'expected directory, memory or s3://bucket/prefix',
    ),
  ),
  queue: z.optional(z.templateLiteral(['postgres://', z.string()])),
  localCache: z.optional(text),
  localCacheBytes: z.optional(whole(0)),
  runner: z.optional(
    z.union(
      [text, z.custom<Runner>(isRunner)],
      'expected a spec as for --runner, or an object that defineRunner made',
    ),
  ),
  logger,
  work: z.optional(z.enum(['own', 'adopt', 'all', 'none'])),
  concurrency: z.optional(whole(1)),
  labels: z.optional(z.array(labelSchema)),
  artifactName: z.optional(segmentSchema),
  manifestName: z.optional(segmentSchema),
  timeoutMs: z.optional(milliseconds(1)),
  maxAttempts: z.optional(whole(1)),
  queueLimit: z.optional(whole(0)),
  inlineBytes: z.optional(whole(0).check(z.maximum(mostInlineBytes))),
  upstream: z.optional(z.union([text, z.array(text)], 'expected a URL or a list of URLs')),
  upstreamToken: z.optional(
    z.union([text, z.array(text)], 'expected a token or a list of URL=TOKEN'),
  ),
  upstreamPush: z.optional(z.boolean()),
  upstreamWaitMs: z.optional(milliseconds(1)),
  upstreamLimit: z.optional(whole(0)),
  leaseMs: z.optional(milliseconds(1)),
  graceMs: z.optional(milliseconds(0)),
  killGraceMs: z.optional(milliseconds(0)),
  python: z.optional(text),
  cwd: z.optional(text),
});

const identitySchema = z.looseObject({ name: text, version: text });

/** Checks a file name. A name that is invalid would make entries whose manifest nobody can read. @throws CabError runner_invalid */
export function checkedIdentity(identity: unknown): string {
  const parsed = identitySchema.safeParse(identity);
  if (parsed.success) return parsed.data.name;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('runner_invalid', `identify of the runner: ${field || 'answer'}: ${problem}`);
}

/** @throws CabError usage, naming the option */
export function checkOptions(options: object): void {
  const parsed = optionsSchema.safeParse(options);
  if (parsed.success) return;
  const { field, problem } = issueOf(parsed.error);
  const known = Object.keys(optionsSchema.shape);
  const isKnown = known.includes(field) || field === '';
  const meant = isKnown ? undefined : closest(field, known);
  throw new CabError(
    'usage',
    isKnown
      ? `openBroker: ${field || 'options'}: ${problem}`
      : `openBroker: there is no option ${JSON.stringify(field)}`,
    {
      hint:
        meant === undefined
          ? 'docs/reference/library.md lists the options.'
          : `Did you mean ${meant}?`,
      details: { option: field },
    },
  );
}
