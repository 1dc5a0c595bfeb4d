/** What long work is at; `total` where it is known. */
export interface StepProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number | undefined;
}
