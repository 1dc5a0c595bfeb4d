import { CabError } from '../../../core/model/errors.ts';
import type { Role, Settings } from '../options.ts';
import { callerGuard, type Calling } from './caller.ts';
import { tokenGuard } from './tokens.ts';

/** Decide who may call. The routes use them, and so do the listeners before the routes. */
export interface Guards {
  /** Throws invalid_request (two hosts), host_refused, origin_refused. */
  readonly checkCaller: (request: Calling) => void;
  /** Throws unauthorized, forbidden. */
  readonly checkToken: (authorization: string | undefined, wanted: Role | null) => void;
  /** Whether neither throws. */
  readonly lets: (request: Calling, wanted: Role) => boolean;
}

export function guardsOf(settings: Settings): Guards {
  const checkCaller = callerGuard(settings);
  const checkToken = tokenGuard(settings.tokens);
  return {
    checkCaller,
    checkToken,
    lets: (request, wanted) => {
      try {
        checkCaller(request);
        checkToken(request.headers.authorization, wanted);
        return true;
      } catch (error) {
        if (error instanceof CabError) return false;
        throw error;
      }
    },
  };
}
