/** What Linux says of a process in `/proc/<pid>/stat`, see proc_pid_stat(5). */
export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since boot: with the pid, tells the process from another that got its number. */
  readonly started: string;
}

/** `pid (comm) state …`: comm may hold spaces and parentheses, so the fields count from the last one. */
export function parseStat(stat: string): ProcessStat {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  return {
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: fields[19] ?? '',
  };
}

/** A zombie: nothing of it is left but its exit code, for a parent that may never ask. */
export const hasEnded = ({ state }: ProcessStat): boolean => state === 'Z' || state === 'X';
