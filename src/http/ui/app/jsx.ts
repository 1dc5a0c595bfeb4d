/** What JSX is turned into. The build puts it where it is used. */
export { Fragment, h } from 'preact';
