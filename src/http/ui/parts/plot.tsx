import type uPlot from 'uplot';
import { lazy } from '../app/lazy.tsx';
import type { Colours } from './plot-style.ts';

type Options = Omit<uPlot.Options, 'width' | 'height'>;

export interface PlotProps {
  readonly label: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  readonly options: (colours: Colours, paths: uPlot.Series.PathBuilderFactories) => Options;
  /** Another key draws it anew; the same one puts other data into it. */
  readonly drawn?: string;
}

/** A drawing. What draws it is a third of the page, and is loaded when there is something to draw. */
export const Plot = lazy<PlotProps>(async () => (await import('./drawn-plot.tsx')).DrawnPlot);
