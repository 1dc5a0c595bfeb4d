/** What is drawn: loaded when there is something to draw, because the library for it is a third of the page. */
import './shared.ts';

export { Days } from '../pages/cache/days.tsx';
export { Neighbours } from '../pages/entry/neighbours/neighbours.tsx';
export { Rates } from '../pages/now/rates.tsx';
