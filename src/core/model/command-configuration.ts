/** What decides the result of a command besides its inputs; the `probe` of its job. Source: docs/run.md, "The key". */
import * as z from 'zod/mini';
import { digestSchema } from './manifest.ts';

/** A program by its name, as it was called or as `#!` calls it, and the digest of its file. */
const programSchema = z.strictObject({ name: z.string(), sha256: digestSchema });

export const commandConfigurationSchema = z.strictObject({
  /** The words of the command; or a line for /bin/sh. */
  argv: z.optional(z.array(z.string()).check(z.minLength(1))),
  line: z.optional(z.string()),
  /** The working directory, relative to the project root: `.`, `src/tools`. */
  cwd: z.string(),
  /** Declared variables, and those that change what programs print; null: not set. */
  env: z.record(z.string(), z.nullable(z.string())),
  /** What is kept, relative to the project root: files, folders, patterns. */
  outputs: z.array(z.string()),
  /** As Node names them: `linux`, `x64`. */
  platform: z.string(),
  arch: z.string(),
  programs: z.array(programSchema),
});

export type CommandConfiguration = z.infer<typeof commandConfigurationSchema>;
