/** A drawing, made by uPlot. It follows its container's width and the reader's colours; its figures stand in a table beside it. */
import { useEffect, useRef } from 'preact/hooks';
import '../../app/shared.ts';
import uPlot from 'uplot';
import { axesOf, coloursOf, type PlotProps } from './plot-style.ts';

export function DrawnPlot({ label, height, data, options, drawn = '' }: PlotProps) {
  const container = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const element = container.current;
    if (element === null) return undefined;
    const draw = (): void => {
      plot.current?.destroy();
      const colours = coloursOf(element);
      const axes = axesOf(colours);
      const asked = options(colours, uPlot.paths);
      plot.current = new uPlot(
        {
          legend: { show: false },
          cursor: { show: false },
          padding: [8, 8, 0, 0],
          ...asked,
          axes: [
            { ...axes.x, ...asked.axes?.[0] },
            { ...axes.y, ...asked.axes?.[1] },
          ],
          ...{ width: element.clientWidth, height },
        },
        latest.current,
        element,
      );
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height }),
    );
    sizes.observe(element);
    return () => {
      dark.removeEventListener('change', draw);
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [drawn, height]);

  useEffect(() => plot.current?.setData(data), [data]);
  return <div class="plot" ref={container} role="img" aria-label={label} />;
}
