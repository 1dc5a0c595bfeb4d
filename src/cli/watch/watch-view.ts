/** What `cab watch` shows: a line that is redrawn on a terminal, a line for each file elsewhere, JSON where it is asked for. */
import { relative } from 'node:path';
import { problemText } from '../terminal/problem.ts';
import { fileLine, watchLine, watchStart } from '../terminal/documents/watching.ts';
import type { WatchedFolders, WatchEvent } from '../../compose/watch-root.ts';
import { hintOf } from '../hints.ts';
import { isWatched, jsonOn, shownOn, styleOf, type Services } from '../services.ts';

export interface WatchViewOptions {
  readonly folders: readonly string[];
  readonly pattern: string;
  readonly json: boolean;
  readonly services: Pick<Services, 'stdout' | 'stderr' | 'env' | 'cwd' | 'isQuiet'>;
}

const redrawMs = 500;
const lineStart = '\r';
const clearLine = '\u001B[K';

export class WatchView {
  readonly #options: WatchViewOptions;
  readonly #live: boolean;
  #shown = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(options: WatchViewOptions) {
    const { json, services } = options;
    this.#options = options;
    this.#live = !json && isWatched(services);
  }

  tell(event: WatchEvent): void {
    const { json, services } = this.#options;
    if (json) {
      const { type, ...facts } = event;
      services.stdout.write(`${jsonOn(services.stdout, { event: type, ...facts })}\n`);
      return;
    }
    this.#clear();
    const isUnsaid = services.isQuiet === true && event.type === 'warning';
    if (isTrouble(event) && !isUnsaid) this.#complain(event);
    // On a terminal the line says enough of what went well.
    if (event.type !== 'warning' && services.stdout.isTTY !== true) this.#print(event);
    this.#draw();
  }

  /** Says what is watched; draws from now on, where there is a terminal. */
  follow(watched: WatchedFolders): void {
    const { folders, pattern, json, services } = this.#options;
    const { stderr } = services;
    if (!json && services.isQuiet !== true)
      stderr.write(`${shownOn(stderr, watchStart(folders, pattern))}\n`);
    if (!this.#live) return;
    const look = async (): Promise<void> => {
      const counts = await watched.status();
      const line = watchLine(styleOf(services.stderr, services.env), folders, counts);
      this.#shown = shownOn(services.stderr, line);
      if (this.#timer !== undefined) this.#draw();
      this.#timer?.refresh();
    };
    this.#timer = setTimeout(() => void look().catch(() => this.close()), redrawMs);
  }

  /** The last line stays. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#shown !== '') this.#options.services.stderr.write('\n');
    this.#shown = '';
  }

  #print(event: Exclude<WatchEvent, { type: 'warning' }>): void {
    const { services } = this.#options;
    const style = styleOf(services.stdout, services.env);
    const job = 'job' in event ? event.job : null;
    const more =
      event.type === 'moved' ? event.to : event.type === 'failed' ? event.problem.code : '';
    const line = fileLine(style, event.type, this.#name(event.path), job, more);
    services.stdout.write(`${shownOn(services.stdout, line)}\n`);
  }

  #complain(event: Trouble): void {
    const { stderr, env } = this.#options.services;
    const { message } = event.type === 'failed' ? event.problem : event;
    const hint = event.type === 'failed' ? failureHint(event) : event.hint;
    const about = this.#name(event.path);
    const text = problemText(styleOf(stderr, env), {
      message,
      hint,
      ...(!message.includes(event.path) && { about }),
    });
    const told = event.type === 'warning' ? text.replace('error:', 'warning:') : text;
    stderr.write(`${shownOn(stderr, told)}\n`);
  }

  #name(path: string): string {
    const name = relative(this.#options.services.cwd, path);
    return name.startsWith('..') ? path : name;
  }

  #clear(): void {
    if (this.#shown !== '') this.#options.services.stderr.write(`${lineStart}${clearLine}`);
  }

  #draw(): void {
    if (this.#shown !== '')
      this.#options.services.stderr.write(`${lineStart}${this.#shown}${clearLine}`);
  }
}

type Trouble = Extract<WatchEvent, { type: 'warning' | 'failed' }>;

const isTrouble = (event: WatchEvent): event is Trouble =>
  event.type === 'warning' || event.type === 'failed';

function failureHint({ problem, job }: Extract<WatchEvent, { type: 'failed' }>): string {
  if (job?.status === 'canceled')
    return `Change the file, or submit the job again: cab retry ${job.job_id}`;
  return hintOf({ ...problem, details: { ...(job !== null && { job_id: job.job_id }) } });
}
