/** As `keptPlace` and `keptDatabase` of core/model/job/job.ts, of a row of jobs. */
const ownOr = (kept: string, own: string, copy: string): string =>
  `iif(json_extract(spec, '$.${kept}'), json_extract(spec, '$.${own}'), json_extract(spec, '$.${copy}.place'))`;

export const keptInputSql = ownOr('input.kept', 'input.path', 'input.copy');
export const keptDatabaseSql = ownOr('db_kept', 'db_path', 'db_copy');
