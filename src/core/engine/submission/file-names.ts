import { CabError } from '../../model/errors.ts';

/** @throws CabError usage */
export function refuseOneName(artifactName: string | null, manifestName: string): void {
  if (artifactName === manifestName)
    throw new CabError('usage', `artifact and manifest cannot both be called ${manifestName}`, {
      hint: 'Give one of them another name.',
      details: { field: 'artifact_name' },
    });
}
