/** The current step of long work; `total` if it is known. */
export interface StepProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number | undefined;
}
