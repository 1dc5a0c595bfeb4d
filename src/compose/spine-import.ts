/** The import of songs for the Historical Echo runner, as the command line may call it. */
export {
  importSpine,
  type SpineImport,
  type SpineImportReport,
} from '../runners/historical-echo/spine/spine-import.ts';
