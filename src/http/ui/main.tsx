import './app/shared.ts';
import { render } from 'preact';
import { followLinks } from './app/place.ts';
import { Shell } from './app/shell.tsx';
import { startAsking } from './app/start.ts';
import './style/style.css';

followLinks();
startAsking();

const container = document.getElementById('page');
if (container !== null) render(<Shell />, container);
