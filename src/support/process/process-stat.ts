/** The fields of `/proc/<pid>/stat` on Linux, see proc_pid_stat(5). */
export interface ProcessStat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** In clock ticks since boot. Together with the pid it identifies the process, even if the pid is reused. */
  readonly started: string;
}

/** `pid (comm) state …`: comm may contain spaces and parentheses, so parsing starts after the last parenthesis. */
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

/** A zombie has ended; only its exit code is left, for a parent that may never ask. */
export const hasEnded = ({ state }: ProcessStat): boolean => state === 'Z' || state === 'X';
