/** How drawings look: the page's colours, read from its style, because a canvas knows no variables. */
import type uPlot from 'uplot';

export interface Colours {
  readonly text: string;
  readonly quiet: string;
  readonly line: string;
  readonly accent: string;
  /** Of what stands behind the accent. */
  readonly computed: string;
  readonly bad: string;
}

type Options = Omit<uPlot.Options, 'width' | 'height'>;

export interface PlotProps {
  readonly label: string;
  readonly height: number;
  readonly data: uPlot.AlignedData;
  readonly options: (colours: Colours, paths: uPlot.Series.PathBuilderFactories) => Options;
  /** A change of the key draws the plot again. While the key stays, only the data is replaced. */
  readonly drawn?: string;
}

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const of = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ...{ text: of('text'), quiet: of('quiet'), line: of('line') },
    ...{ accent: of('accent'), computed: of('computed'), bad: of('bad') },
  };
}

export const accent = (colours: Colours): string => colours.accent;
export const quiet = (colours: Colours): string => colours.quiet;

export const lineOf = (
  label: string,
  colours: Colours,
  colour: (colours: Colours) => string,
): uPlot.Series => ({ label, stroke: colour(colours), width: 1.5, points: { show: false } });

const font = '11px system-ui, sans-serif';

export const axesOf = (colours: Colours): { x: uPlot.Axis; y: uPlot.Axis } => {
  const axis: uPlot.Axis = {
    stroke: colours.quiet,
    font,
    labelFont: font,
    labelSize: 18,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
  };
  return {
    x: { ...axis, size: 26, space: 70, grid: { show: false } },
    y: { ...axis, size: 44, space: 28 },
  };
};
