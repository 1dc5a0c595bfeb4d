/** What files are called in a store that nobody gave other names. */
export const fileNames = {
  artifactName: 'historical_echo.json',
  manifestName: 'manifest.json',
} as const;
