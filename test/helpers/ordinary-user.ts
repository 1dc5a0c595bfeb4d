import { execFileSync } from 'node:child_process';

/** `nobody` on all systems in use. */
const ordinary = 65534;

/**
 * Does the work as a user whom permissions bind, for root passes over them: this process is that user meanwhile, in all its
 * threads. `own` becomes that user's, with all that lies in it. What the work loads must be loaded before: the checkout may
 * be closed to that user. The real user stays root, and access(2) asks for that one: such work wants a process of its own.
 */
export async function asOrdinaryUser<T>(own: string, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  execFileSync('chown', ['-R', `${ordinary}:${ordinary}`, own]);
  process.seteuid?.(ordinary);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
