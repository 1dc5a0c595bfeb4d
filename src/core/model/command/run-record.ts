/** The artifact of a command, `run.json`: how the command ran. Its outputs lie beside it under `outputs/`, its log in `log`. */
import * as z from 'zod/mini';
import { CabError } from '../errors.ts';
import { issueOf } from '../json/issue.ts';

const count = z.int().check(z.nonnegative());

export const runRecordSchema = z.object({
  schema_id: z.literal('cab_run.v1'),
  exit_code: z.int(),
  wall_ms: count,
  /** Processor time of the command and of all processes that it waited for. */
  cpu_ms: count,
  /** The content of `log` in the order of writing: the stream, and how many bytes of it. */
  log: z.array(z.tuple([z.enum(['stdout', 'stderr']), count])),
  /** Paths of all outputs, relative to the project root. */
  outputs: z.array(z.string()),
  /** Outputs that were named as folders, and empty folders in them. */
  folders: z.array(z.string()),
});

export type RunRecord = z.infer<typeof runRecordSchema>;

/** Names within the entry of a command. */
export const runFiles = { record: 'run.json', log: 'log', outputs: 'outputs' } as const;

/** @throws CabError manifest_invalid if the text is no such record */
export function parseRunRecord(text: string, where: string): RunRecord {
  const parsed = runRecordSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  const { field, problem } = issueOf(parsed.error);
  throw new CabError('manifest_invalid', `${where}: ${field}: ${problem}`);
}
