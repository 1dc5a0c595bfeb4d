/** The import of songs for the built-in runner, for the command line. */
export {
  importSpine,
  type SpineImport,
  type SpineImportReport,
} from '../runners/historical-echo/spine/spine-import.ts';
