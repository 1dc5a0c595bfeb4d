/** Reports a failure to the user, as text or JSON, and returns its exit code. */
import * as z from 'zod/mini';
import { CabError, isError, type ErrorDetails } from '../core/model/errors.ts';
import { problemText } from './terminal/problem.ts';
import { closest } from '../support/text/closest.ts';
import { hintOf } from './hints.ts';
import { exitCodeOf, type ExitCode } from './exit-codes.ts';
import { Interrupted, OutputClosed } from './interruption.ts';
import { jsonOn, shownOn, styleOf, type Services } from './services.ts';

/** How and where to report. */
export interface Reporting {
  readonly services: Pick<Services, 'stdout' | 'stderr' | 'env'>;
  readonly json: boolean;
  /** The flags of the command, to suggest one for a mistyped flag. */
  readonly flags: readonly string[];
  /** The operand that failed, if the command has several. */
  readonly about?: string;
}

/** The error document that `--json` prints. */
export interface ErrorDocument {
  readonly error: string;
  readonly message: string;
  readonly hint: string;
  readonly details?: ErrorDetails;
}

export function report(error: unknown, { services, json, flags, about }: Reporting): ExitCode {
  if (error instanceof OutputClosed) return 0;
  if (error instanceof Interrupted) return 130;
  const problem = understood(error, flags);
  const document = { ...errorDocument(problem), ...(about !== undefined && { about }) };
  const { stdout, stderr, env } = services;
  const tell = (text: string): void => void stderr.write(`${shownOn(stderr, text)}\n`);
  if (json) stdout.write(`${jsonOn(stdout, document)}\n`);
  else tell(problemText(styleOf(stderr, env), document));
  if (problem.code === 'internal' && !json && isError(problem.cause))
    tell(problem.cause.stack ?? '');
  return exitCodeOf(problem.code);
}

export const errorDocument = ({ code, message, hint, details }: CabError): ErrorDocument => ({
  error: code,
  message,
  hint: hintOf({ code, hint, details }),
  ...(Object.keys(details).length > 0 && { details }),
});

/** Every failure as a CabError. Errors of the parser become `usage`, unexpected ones `internal`. */
function understood(error: unknown, flags: readonly string[]): CabError {
  if (error instanceof CabError) return error;
  const message = isError(error) ? error.message : String(error);
  if (isError(error) && 'oclif' in error) return usageError(error, flags);
  return new CabError('internal', message || 'something failed without a word', { cause: error });
}

function usageError(error: Error, flags: readonly string[]): CabError {
  const message = error.message
    .replace(/\n+See more help with --help\s*$/, '')
    // This belongs to flags that take several values at once. Ours take one.
    .replace(/\n+Note: --.* allow multiple values\.[\s\S]*$/, '')
    // An address that was typed as an argument may have a password.
    .replaceAll(/:\/\/[^\s/@]*@/g, '://…@')
    .trim();
  const missing = missingArgument(error);
  if (missing !== undefined)
    return new CabError(
      'usage',
      `${missing.name.toUpperCase()} is missing: ${missing.description}`,
      {
        cause: error,
        details: { argument: missing.name },
      },
    );
  const unknown = unknownFlag(error);
  if (unknown === undefined) return new CabError('usage', lowered(message), { cause: error });
  const meant = closest(unknown.replace(/^-+/, ''), flags);
  return new CabError('usage', `unknown flag ${unknown}`, {
    cause: error,
    ...(meant !== undefined && { hint: `Did you mean --${meant}? See the command with --help.` }),
    details: { flag: unknown },
  });
}

const missingSchema = z.object({
  args: z.tuple([z.object({ name: z.string(), description: z.string() })], z.unknown()),
});

/** Part of oclif's RequiredArgsError: the first argument that was not given. */
const missingArgument = (error: Error) =>
  error.constructor.name === 'RequiredArgsError'
    ? missingSchema.safeParse(error).data?.args[0]
    : undefined;

/** Part of oclif's NonExistentFlagsError: the flags that were typed. */
function unknownFlag(error: Error): string | undefined {
  const flags: unknown = 'flags' in error ? error.flags : undefined;
  const first: unknown = Array.isArray(flags) ? flags[0] : undefined;
  return typeof first === 'string' ? first.replace(/=.*$/s, '') : undefined;
}

const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
