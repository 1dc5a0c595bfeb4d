import './app/shared.ts';
import { render } from 'preact';
import { followLinks } from './app/place.ts';
import { routesWith } from './app/pages.tsx';
import { Shell } from './app/shell.tsx';
import { startAsking } from './app/start.ts';
import { drawWith } from './parts/plot/plot.tsx';
import './style/style.css';

const routes = routesWith(() => import('./app/later.ts'));
drawWith(async () => (await import('./parts/plot/drawn-plot.tsx')).DrawnPlot);
followLinks();
startAsking();

const container = document.getElementById('page');
if (container !== null) render(<Shell routes={routes} />, container);
