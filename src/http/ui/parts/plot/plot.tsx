import type { FunctionComponent } from 'preact';
import { lazy } from '../../app/lazy.tsx';
import type { PlotProps } from './plot-style.ts';

type Load = () => Promise<FunctionComponent<PlotProps>>;

let load: Load = () => Promise.reject(new Error('nothing draws'));

/** Says where what draws comes from: it is a third of the page, and is loaded when there is something to draw. */
export const drawWith = (loadDrawn: Load): void => void (load = loadDrawn);

export const Plot = lazy<PlotProps>(() => load());
