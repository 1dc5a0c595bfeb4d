/**
 * Everything that decides the result of a command besides its inputs. It is the `probe` of the command's job. Source:
 * docs/reference/run.md, "The key".
 */
import * as z from 'zod/mini';
import { digestSchema } from '../entry/manifest.ts';

/** The name of a program, as the command or a `#!` line gives it, and the digest of its file. */
const programSchema = z.strictObject({ name: z.string(), sha256: digestSchema });

export const commandConfigurationSchema = z.strictObject({
  /** The words of the command. Either this or `line`, a line for /bin/sh, is set. */
  argv: z.optional(z.array(z.string()).check(z.minLength(1))),
  line: z.optional(z.string()),
  /** The working directory, relative to the project root: `.`, `src/tools`. */
  cwd: z.string(),
  /** Declared variables, and variables that change what programs print; null: not set. */
  env: z.record(z.string(), z.nullable(z.string())),
  /** The outputs to keep, relative to the project root: files, folders, patterns. */
  outputs: z.array(z.string()),
  /** As Node names them: `linux`, `x64`. */
  platform: z.string(),
  arch: z.string(),
  programs: z.array(programSchema),
});

export type CommandConfiguration = z.infer<typeof commandConfigurationSchema>;
